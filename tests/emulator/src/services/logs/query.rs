//! Queries of Logs Insights: they are complete at once.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html>

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::resources::log_group::LogEvent;
use crate::services::logs::errors::invalid;
use crate::services::logs::groups;
use crate::services::logs::insights::{self, Results, Row};
use crate::services::logs::query_parser::parse;
use crate::world::state::State;

/// How many log groups a query may name.
const GROUPS: usize = 50;

pub(super) fn start(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let names = groups::named(input);
    if names.is_empty() || names.len() > GROUPS {
        return Err(invalid("Between 1 and 50 log groups are to be given."));
    }
    // Both ends belong to the time, which is in seconds; or in milliseconds, which AWS takes as well.
    let time = |member: &str| {
        let time = input[member].as_i64().unwrap_or_default();
        if time > 100_000_000_000 { time } else { time * 1000 }
    };
    let (first, last) = (time("startTime"), time("endTime"));
    if first > last {
        return Err(invalid("End time should not be before start time."));
    }
    let commands = parse(&text(input, "queryString"))?;
    let (mut rows, mut scanned, mut bytes) = (Vec::new(), 0, 0);
    for name in &names {
        for event in &groups::find(state, caller, name)?.events {
            // The last second belongs to the time as a whole.
            if (first..=last.saturating_add(999)).contains(&event.time.timestamp_millis()) {
                (scanned, bytes) = (scanned + 1, bytes + event.message().len());
                rows.push(row(caller, name, event));
            }
        }
    }
    // The newest first, as Logs Insights has them without a sort; of one time, the last that came.
    rows.reverse();
    rows.sort_by(|one: &Row, other: &Row| other["@timestamp"].cmp(&one["@timestamp"]));
    let limit = input["limit"].as_u64().map(|limit| limit as usize);
    let Results { fields, rows, matched } = insights::run(&commands, rows, limit);
    let shown: Vec<Value> = rows.iter().map(|row| result(&fields, row)).collect();
    let id = state.fresh_uuid();
    let results = json!({
        "status": "Complete", "queryLanguage": "CWLI", "results": shown,
        "statistics": {
            "recordsMatched": matched as f64, "recordsScanned": f64::from(scanned), "bytesScanned": bytes as f64,
            "logGroupsScanned": names.len() as f64, "estimatedRecordsSkipped": 0.0, "estimatedBytesSkipped": 0.0,
        },
    });
    state.logs.queries.insert(id.clone(), results);
    Ok(json!({"queryId": id}))
}

fn row(caller: &Caller, group: &str, event: &LogEvent) -> Row {
    let message = event.message();
    let mut row = Row::new();
    if let Ok(members) = serde_json::from_str(&message) {
        insights::discover(&mut row, "", &members);
    }
    row.extend([
        ("@timestamp".to_owned(), event.time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()),
        ("@ingestionTime".to_owned(), event.time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()),
        ("@message".to_owned(), message.into_owned()),
        ("@logStream".to_owned(), event.stream.to_string()),
        ("@log".to_owned(), format!("{}:{group}", caller.account)),
        ("@ptr".to_owned(), format!("{group}/{}", event.number)),
    ]);
    row
}

/// A row as results have it: the fields that it has, and what leads to the event.
fn result(fields: &[String], row: &Row) -> Value {
    let pointer = "@ptr".to_owned();
    let shown = fields.iter().chain(Some(&pointer).filter(|_| !fields.contains(&pointer)));
    shown.filter_map(|field| Some(json!({"field": field, "value": row.get(field)?}))).collect()
}

pub(super) fn results(state: &State, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "queryId");
    let missing = || AwsError::new("ResourceNotFoundException", 400, format!("The query {id} does not exist."));
    state.logs.queries.get(&id).cloned().ok_or_else(missing)
}
