//! The findings, as a table for people or as JSON.

use anstream::println;
use comfy_table::{ContentArrangement, Table};
use owo_colors::OwoColorize;
use serde_json::json;

use super::context::Context;
use super::finding::{Finding, Status};

/// How wide the table is: no terminal is asked.
const WIDTH: u16 = 120;

pub(super) fn print(context: &Context, findings: &[Finding], as_json: bool) {
    let count = |status: Status| findings.iter().filter(|finding| finding.status == status).count();
    if as_json {
        let document = json!({
            "account": context.caller, "administrator": context.administrator, "stackRegion": context.stack_region,
            "regions": context.regions, "controlTowerRegion": context.control_tower, "findings": findings,
            "counts": {"ok": count(Status::Ok), "warning": count(Status::Warning), "problem": count(Status::Problem),
                "unknown": count(Status::Unknown)},
        });
        println!("{document}");
        return;
    }
    println!("{}", table(findings));
    let told = [Status::Problem, Status::Warning];
    for finding in findings.iter().filter(|finding| told.contains(&finding.status)) {
        println!("\n{} {} {}", mark(finding.status), finding.id.bold(), place(finding).dimmed());
        println!("  {}", finding.what);
        if let Some(why) = &finding.why {
            println!("  {} {why}", "why:".dimmed());
        }
        if let Some(mend) = &finding.mend {
            println!("  {} {mend}", "mend:".dimmed());
        }
    }
    unknown(findings);
    let counts = format!(
        "Looked at from account {}: {} in order, {} warnings, {} problems, {} unknown",
        context.caller,
        count(Status::Ok),
        count(Status::Warning),
        count(Status::Problem),
        count(Status::Unknown)
    );
    println!("\n{}", counts.bold());
}

/// What could not be seen, by what would let it be seen.
fn unknown(findings: &[Finding]) {
    let mut groups: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.status == Status::Unknown) {
        let mend = finding.mend.as_deref().unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == mend) {
            Some((_, group)) => group.push(finding),
            None => groups.push((mend, vec![finding])),
        }
    }
    for (mend, group) in groups {
        println!();
        for finding in group {
            println!("{} {} {}", mark(finding.status), finding.id.bold(), place(finding).dimmed());
            println!("  {}", finding.what);
        }
        println!("  {} {mend}", "mend:".dimmed());
    }
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(["", "check", "where", "found"]);
    for finding in findings {
        let found = if finding.status == Status::Ok { finding.what.as_str() } else { "see below" };
        table.add_row([word(finding.status), finding.id, &place(finding), found]);
    }
    table
}

fn place(finding: &Finding) -> String {
    let account = finding.account.map(|account| account.to_string());
    let region = finding.region.as_ref().map(ToString::to_string);
    account.into_iter().chain(region).collect::<Vec<_>>().join(" ")
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Warning => "warning",
        Status::Problem => "problem",
        Status::Unknown => "unknown",
    }
}

fn mark(status: Status) -> String {
    match status {
        Status::Ok => word(status).green().to_string(),
        Status::Warning => word(status).yellow().to_string(),
        Status::Problem => word(status).red().to_string(),
        Status::Unknown => word(status).dimmed().to_string(),
    }
}
