//! The demo and its result, for people or as JSON lines. Colours are left out where the output is no terminal.

use anstream::println;
use chrono::{DateTime, Utc};
use local_cloud::timeline::{Entry, What};
use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::table::{Standing, Table};

/// Prints what happens.
pub(crate) struct Renderer {
    json: bool,
}

impl Renderer {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// The next step.
    pub(super) fn step(&self, time: DateTime<Utc>, text: &str) {
        if self.json {
            println!("{}", json!({"kind": "step", "time": time, "text": text}));
        } else {
            println!("\n{}", text.bold());
        }
    }

    /// Something that happened.
    pub(crate) fn entry(&self, entry: &Entry) {
        if self.json {
            println!("{}", json!(entry));
            return;
        }
        let time = entry.time.format("%H:%M:%S");
        for line in lines(entry) {
            println!("  {} {line}", time.dimmed());
        }
    }

    /// The result, account by account.
    pub(super) fn table(&self, table: &Table) {
        if self.json {
            for row in &table.rows {
                for (region, cell) in table.regions.iter().zip(&row.cells) {
                    println!(
                        "{}",
                        json!({"kind": "account", "accountId": row.id, "name": row.name, "region": region,
                            "status": cell.status, "standing": cell.standing, "why": cell.why})
                    );
                }
            }
            return;
        }
        let mut shown = comfy_table::Table::new();
        shown.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
        let heads = ["account".to_owned(), "name".to_owned()].into_iter().chain(table.regions.iter().cloned());
        shown.set_header(heads);
        for row in &table.rows {
            let cells = row.cells.iter().map(|cell| if cell.status.is_empty() { "-" } else { cell.status.as_str() });
            shown.add_row([row.id.as_str(), row.name.as_str()].into_iter().chain(cells));
        }
        println!("\n{shown}");
        println!("\n{}", "Not enabled, and why".bold());
        for (standing, head) in [
            (Standing::Failed, "failed, and need a person"),
            (Standing::Blocked, "blocked: they need a person"),
            (Standing::Waiting, "waiting: they need time"),
            (Standing::Excluded, "excluded: they need nobody"),
        ] {
            let cells =
                table.rows.iter().flat_map(|row| table.regions.iter().zip(&row.cells).map(move |cell| (row, cell)));
            let mut cells = cells.filter(|(_, (_, cell))| cell.standing == standing).peekable();
            if cells.peek().is_some() {
                println!("  {head}");
            }
            for (row, (region, cell)) in cells {
                let status = if cell.status.is_empty() { "no member" } else { &cell.status };
                println!("    {} {} in {region} ({status}): {}", row.id, row.name, cell.why);
            }
        }
    }

    /// The counts, and what differs from what is expected.
    pub(super) fn end(&self, table: &Table, differences: &[String]) {
        let counts = table.counts();
        if self.json {
            for difference in differences {
                println!("{}", json!({"kind": "difference", "text": difference}));
            }
            println!("{}", json!(counts));
            return;
        }
        let sentence = format!(
            "{} accounts: {} enabled wherever they should be, {} failed, {} blocked, {} waiting, {} excluded",
            counts.accounts, counts.enabled, counts.failed, counts.blocked, counts.waiting, counts.excluded
        );
        println!("\n{}", sentence.bold());
        for difference in differences {
            println!("{} {difference}", "not as expected:".red().bold());
        }
        if differences.is_empty() {
            println!("{}", "Demo passed.".green());
        }
    }
}

/// What happened, as lines.
fn lines(entry: &Entry) -> Vec<String> {
    let (account, region) = (&entry.account, &entry.region);
    match &entry.what {
        What::Event { event_name, detail_type, source, .. } => {
            let name = event_name.as_deref().unwrap_or(detail_type);
            vec![format!("{} {} of {source} on the bus of {account} in {region}", label("event"), name.cyan())]
        }
        What::RuleMatched { rule, .. } => vec![format!("{} {rule} takes it", label("rule"))],
        What::NotMatched { rules, .. } => {
            vec![format!("{} none of {rules} rules takes it", label("rule")).dimmed().to_string()]
        }
        What::Forwarded { rule, to, .. } => vec![format!("{} {rule} forwards it to {to}", label("rule"))],
        What::ScheduleFired { schedule } => vec![format!("{} {schedule} fires in {account}", label("schedule"))],
        What::DeliveryFailed { from, target, reason } => {
            vec![format!("{} {from} cannot reach {target}: {reason}", label("undelivered")).red().to_string()]
        }
        What::Ran { function, attempt, response, error, .. } => {
            let mut lines = vec![format!("{} {} in {account}{}", label("function"), function.bold(), nth(*attempt))];
            match (response, error) {
                (_, Some(error)) => {
                    let sentence = error.error_message.split(" Report: ").next().unwrap_or_default();
                    lines.push(format!("{} {}: {sentence}", label(""), error.error_type.red()));
                }
                (Some(report), None) => lines.extend(report_lines(report)),
                (None, None) => {}
            }
            lines
        }
        What::Throttled { function, queue } => {
            vec![format!("{} messages of {} wait: {function} has no concurrency left", label("queue"), name(queue))]
        }
        What::LoopStopped { function, .. } => {
            vec![format!("{} {function} is not invoked: Lambda takes it for a loop", label("queue")).red().to_string()]
        }
        What::Queued { queue } => vec![format!("{} {}", label("queue"), name(queue))],
        What::Polled { queue, messages } => {
            vec![format!("{} {messages} messages from {}", label("queue"), name(queue))]
        }
        What::Notified { message, .. } => vec![format!("{} {message}", label("notice").yellow())],
        What::Retry { function, at, .. } => {
            vec![format!("{} {function} again at {}", label("retry").yellow(), at.format("%H:%M:%S"))]
        }
        What::DeadLetter { from, reason, .. } => {
            vec![format!("{} {from}: {reason}", label("dead letter")).red().to_string()]
        }
        What::Lost { from, reason } => vec![format!("{} {from}: {reason}", label("lost")).red().to_string()],
        What::AccountAppeared { account_id, name } => {
            vec![format!("{} {account_id} ({name}) is in the organization", label("account"))]
        }
        What::Member { account_id, before, after, reason, .. } => {
            let status = |status: &Option<String>| status.clone().unwrap_or_else(|| "no member".to_owned());
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let after = if after.as_deref() == Some("ENABLED") { "ENABLED".green().to_string() } else { status(after) };
            vec![format!("{} {account_id} in {region}: {} -> {after}{reason}", label("member"), status(before))]
        }
    }
}

/// What a function reports of each account.
fn report_lines(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(reason) = report["ignored"].as_str() {
        return vec![format!("{} ignored: {reason}", label("")).dimmed().to_string()];
    }
    let mut lines = Vec::new();
    for region in report["regions"].as_array().into_iter().flatten() {
        for account in region["accounts"].as_array().into_iter().flatten() {
            let (outcome, id) = (text(&account["outcome"]), text(&account["accountId"]));
            let what = match outcome.as_str() {
                "done" => format!("{} {} {}", "done".green(), text(&account["action"]), text(&account["status"])),
                "blocked" | "waiting" => format!("{} {}", outcome.yellow(), text(&account["message"])),
                "excluded" => format!("{} {}", outcome.dimmed(), text(&account["message"])),
                "failed" => format!("{} {} {}", "failed".red(), text(&account["code"]), text(&account["message"])),
                _ => format!("{outcome} {}", text(&account["action"])),
            };
            lines.push(format!("{} {id} in {}: {what}", label(""), text(&region["region"])));
        }
    }
    if lines.is_empty() {
        lines.push(format!("{} nothing to do", label("")).dimmed().to_string());
    }
    lines
}

/// The name at the end of an ARN.
fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

fn nth(attempt: u32) -> String {
    if attempt == 1 { String::new() } else { format!(", attempt {attempt}") }
}

fn label(text: &str) -> String {
    format!("{text:>11}")
}
