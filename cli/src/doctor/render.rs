//! The findings, as a table for people or as JSON.

use anstream::println;
use comfy_table::{ContentArrangement, Table};
use owo_colors::OwoColorize;
use serde_json::json;

use super::context::Context;
use super::finding::{Finding, Status};

/// The width of the table where the output is no terminal, and the widths between which it fits a terminal.
const WIDTH: u16 = 120;
const NARROWEST: u16 = 60;
const WIDEST: u16 = 160;

pub(super) fn print(context: &Context, findings: &[Finding], as_json: bool, quiet: bool) {
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
    if !quiet {
        println!("{}", table(findings));
    }
    details(findings);
    let counts = format!(
        "Checked from account {}: {} ok, {} warnings, {} problems, {} unknown",
        context.caller,
        count(Status::Ok),
        count(Status::Warning),
        count(Status::Problem),
        count(Status::Unknown)
    );
    println!("\n{}", counts.bold());
}

/// Prints what is wrong and what could not be checked, each with what to do.
pub(super) fn details(findings: &[Finding]) {
    let reported = [Status::Problem, Status::Warning];
    for finding in findings.iter().filter(|finding| reported.contains(&finding.status)) {
        println!("\n{} {} {}", mark(finding.status), finding.id.bold(), place(finding).dimmed());
        println!("  {}", finding.what);
        if let Some(why) = &finding.why {
            println!("  {} {why}", "why:".dimmed());
        }
        if let Some(fix) = &finding.fix {
            println!("  {} {fix}", "fix:".dimmed());
        }
    }
    unknown(findings);
}

/// What could not be checked, by what would allow it.
fn unknown(findings: &[Finding]) {
    let mut groups: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.status == Status::Unknown) {
        let fix = finding.fix.as_deref().unwrap_or_default();
        match groups.iter_mut().find(|(of_group, _)| *of_group == fix) {
            Some((_, group)) => group.push(finding),
            None => groups.push((fix, vec![finding])),
        }
    }
    for (fix, group) in groups {
        println!();
        for finding in group {
            println!("{} {} {}", mark(finding.status), finding.id.bold(), place(finding).dimmed());
            println!("  {}", finding.what);
        }
        println!("  {} {fix}", "fix:".dimmed());
    }
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width());
    table.set_header(["", "check", "where", "result"]);
    for finding in findings {
        let result = if finding.status == Status::Ok { finding.what.as_str() } else { "see below" };
        table.add_row([word(finding.status), finding.id, &place(finding), result]);
    }
    table
}

/// The terminal's width, as far as a table can have it.
fn width() -> u16 {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    terminal.map_or(WIDTH, |(terminal_size::Width(width), _)| width.clamp(NARROWEST, WIDEST))
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
