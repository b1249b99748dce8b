//! Log groups, and their events by a filter pattern.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::{text, texts};
use crate::protocol::page;
use crate::resources::log_group::{LogEvent, LogGroup};
use crate::services::logs::errors::invalid;
use crate::services::logs::filter_pattern::FilterPattern;
use crate::world::state::State;

/// The largest pages, which are the usual ones.
const GROUPS: usize = 50;
const EVENTS: usize = 10_000;

/// The log groups that an input names.
pub(super) fn named(input: &Value) -> Vec<String> {
    let single = ["logGroupName", "logGroupIdentifier"].into_iter().filter_map(|member| input[member].as_str());
    let lists = ["logGroupNames", "logGroupIdentifiers"].into_iter().flat_map(|member| texts(input, member));
    single.chain(lists).map(name_of).collect()
}

/// The name of the log group with that ARN or name.
fn name_of(identifier: &str) -> String {
    let name = identifier.split(":log-group:").nth(1).unwrap_or(identifier);
    name.trim_end_matches(":*").to_owned()
}

/// The ARN of a log group of the caller.
pub(super) fn arn(caller: &Caller, name: &str) -> String {
    format!("arn:aws:logs:{}:{}:log-group:{name}", caller.region, caller.account)
}

/// A log group of the caller.
pub(super) fn find<'a>(state: &'a State, caller: &Caller, name: &str) -> Result<&'a LogGroup, AwsError> {
    let key = (caller.account.clone(), caller.region.clone(), name.to_owned());
    let missing = || AwsError::new("ResourceNotFoundException", 400, "The specified log group does not exist.");
    state.logs.groups.get(&key).ok_or_else(missing)
}

pub(super) fn describe(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (prefix, part) = (text(input, "logGroupNamePrefix"), text(input, "logGroupNamePattern").to_lowercase());
    if !prefix.is_empty() && !part.is_empty() {
        return Err(invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
    }
    let own = state.logs.groups.iter().filter(|((account, region, name), _)| {
        let is_own = *account == caller.account && *region == caller.region;
        is_own && name.starts_with(&prefix) && name.to_lowercase().contains(&part)
    });
    let wanted = json!({"MaxResults": input["limit"], "NextToken": input["nextToken"]});
    let (groups, token) = page::page(own.collect(), |((_, _, name), _)| name.clone(), &wanted, GROUPS)
        .map_err(|error| invalid(&error.message))?;
    let shown = groups.into_iter().map(|((_, _, name), group)| {
        let arn = arn(caller, name);
        let bytes: usize = group.events.iter().map(|event| event.message().len()).sum();
        json!({
            "logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "metricFilterCount": 0,
            "creationTime": group.created.timestamp_millis(), "storedBytes": bytes, "logGroupClass": "STANDARD",
        })
    });
    Ok(with_token(json!({"logGroups": shown.collect::<Vec<_>>()}), token))
}

fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer["nextToken"] = json!(token);
    }
    answer
}

pub(super) fn filter(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let [name] = &named(input)[..] else {
        return Err(invalid("Exactly one of logGroupName and logGroupIdentifier is to be given."));
    };
    let group = find(state, caller, name)?;
    let pattern = FilterPattern::parse(&text(input, "filterPattern"))?;
    let streams: Vec<&str> = texts(input, "logStreamNames").collect();
    let prefix = text(input, "logStreamNamePrefix");
    if !streams.is_empty() && !prefix.is_empty() {
        return Err(invalid("logStreamNames and logStreamNamePrefix are mutually exclusive."));
    }
    let time = |member: &str| input[member].as_i64();
    let is_wanted = |event: &&LogEvent| {
        let at = event.time.timestamp_millis();
        time("startTime").is_none_or(|start| at >= start)
            && time("endTime").is_none_or(|end| at <= end)
            && (streams.is_empty() || streams.contains(&&*event.stream))
            && event.stream.starts_with(&prefix)
            && pattern.is_match(&event.message())
    };
    // Events are numbered in the order of their times, with as many digits.
    let key = |event: &&LogEvent| format!("{:020}", event.number);
    let wanted = json!({"MaxResults": input["limit"], "NextToken": input["nextToken"]});
    let (events, token) = page::page(group.events.iter().filter(is_wanted).collect(), key, &wanted, EVENTS)
        .map_err(|error| invalid(&error.message))?;
    let shown = events.into_iter().map(|event| {
        json!({
            "eventId": key(&event), "timestamp": event.time.timestamp_millis(), "message": event.message(),
            "ingestionTime": event.time.timestamp_millis(), "logStreamName": *event.stream,
        })
    });
    // AWS has deprecated the list of streams, and leaves it empty.
    Ok(with_token(json!({"events": shown.collect::<Vec<_>>(), "searchedLogStreams": []}), token))
}
