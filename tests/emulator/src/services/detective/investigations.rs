//! Investigations of IAM users and roles. Their indicators are made up, and depend on the entity alone.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{page, with_token};
use crate::protocol::time::iso;
use crate::resources::graph::Graph;
use crate::resources::id::hex;
use crate::resources::investigation::Investigation;
use crate::services::detective::graph;
use crate::world::state::State;
use crate::world::transition::Transition;

fn detail(investigation: &Investigation) -> Value {
    let mut detail = json!({
        "InvestigationId": investigation.id, "Status": investigation.status, "State": investigation.state,
        "CreatedTime": iso(investigation.created), "EntityArn": investigation.entity,
        "EntityType": investigation.entity_type(),
    });
    if investigation.status == "SUCCESSFUL" {
        detail["Severity"] = json!(investigation.severity_name());
    }
    detail
}

fn parsed(input: &Value, member: &str) -> Result<DateTime<Utc>, AwsError> {
    let parsed = match &input[member] {
        Value::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        value => value.as_f64().and_then(|seconds| DateTime::from_timestamp_millis((seconds * 1000.0) as i64)),
    };
    parsed.ok_or_else(|| AwsError::validation(format!("{member} is not a time")))
}

pub(super) fn start(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let arn = graph::administered(state, caller, input)?.arn.clone();
    let entity = text(input, "EntityArn");
    let resource = entity.splitn(6, ':').nth(5).unwrap_or_default();
    if !entity.contains(":iam::") || !(resource.starts_with("role/") || resource.starts_with("user/")) {
        return Err(AwsError::validation("EntityArn is not the ARN of an IAM user or role"));
    }
    let scope = (parsed(input, "ScopeStartTime")?, parsed(input, "ScopeEndTime")?);
    if scope.0 >= scope.1 {
        return Err(AwsError::validation("ScopeStartTime is not before ScopeEndTime"));
    }
    let digits = u64::from_str_radix(&state.fresh_hex(15), 16).expect("fresh_hex makes hexadecimal digits");
    let id = format!("{digits:021}");
    let created = state.now();
    let investigation =
        Investigation { id: id.clone(), entity, created, scope, status: "RUNNING", state: "ACTIVE".to_owned() };
    state.graphs.get_mut(&arn).expect("it was just read").investigations.push(investigation);
    state.after(state.timing.investigation.0, Transition::Investigated { graph: arn, investigation: id.clone() });
    Ok(json!({"InvestigationId": id}))
}

/// Completes an investigation.
pub(crate) fn finished(state: &mut State, arn: &str, id: &str) {
    let investigations = state.graphs.get_mut(arn).into_iter().flat_map(|graph| &mut graph.investigations);
    for investigation in investigations.filter(|investigation| investigation.id == id) {
        investigation.status = "SUCCESSFUL";
    }
}

fn find<'a>(graph: &'a mut Graph, input: &Value) -> Result<&'a mut Investigation, AwsError> {
    let id = text(input, "InvestigationId");
    let found = graph.investigations.iter_mut().find(|investigation| investigation.id == id);
    found.ok_or_else(|| AwsError::not_found(format!("There is no investigation {id} in the behavior graph")))
}

pub(super) fn get(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let arn = graph.arn.clone();
    let investigation = find(graph, input)?;
    let mut answer = detail(investigation);
    answer["GraphArn"] = json!(arn);
    answer["ScopeStartTime"] = json!(iso(investigation.scope.0));
    answer["ScopeEndTime"] = json!(iso(investigation.scope.1));
    Ok(answer)
}

pub(super) fn update_state(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let investigation = find(graph::administered(state, caller, input)?, input)?;
    investigation.state = text(input, "State");
    Ok(json!({}))
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = &*graph::administered(state, caller, input)?;
    let filter = &input["FilterCriteria"];
    let range = match &filter["CreatedTime"] {
        Value::Null => None,
        range => Some((parsed(range, "StartInclusive")?, parsed(range, "EndInclusive")?)),
    };
    let fits = |member: &str, detail: &Value| {
        // Without a filter, those that are archived are left out.
        let wanted = filter[member]["Value"].as_str().or((member == "State").then_some("ACTIVE"));
        wanted.is_none_or(|wanted| detail[member].as_str() == Some(wanted))
    };
    let mut found: Vec<&Investigation> = graph
        .investigations
        .iter()
        .filter(|investigation| {
            let detail = detail(investigation);
            ["Severity", "Status", "State", "EntityArn"].iter().all(|member| fits(member, &detail))
                && range.is_none_or(|(start, end)| (start..=end).contains(&investigation.created))
        })
        .collect();
    let sort = &input["SortCriteria"];
    match sort["Field"].as_str() {
        Some("SEVERITY") => found.sort_by_key(|investigation| (investigation.severity(), investigation.created)),
        Some("STATUS") => found.sort_by_key(|investigation| (investigation.status, investigation.created)),
        _ => found.sort_by_key(|investigation| investigation.created),
    }
    if sort["SortOrder"] == "DESC" {
        found.reverse();
    }
    // The order is not that of the ids, so the page's key is the position in the order.
    let found: Vec<(usize, &Investigation)> = found.into_iter().enumerate().collect();
    let (found, token) = page(found, |(position, _)| format!("{position:09}"), input, 100)?;
    let details: Vec<Value> = found.into_iter().map(|(_, investigation)| detail(investigation)).collect();
    Ok(with_token(json!({"InvestigationDetails": details}), token))
}

pub(super) fn indicators(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let graph = graph::administered(state, caller, input)?;
    let arn = graph.arn.clone();
    let investigation = &*find(graph, input)?;
    let found = if investigation.status == "SUCCESSFUL" { made_up(investigation) } else { Vec::new() };
    let wanted = input["IndicatorType"].as_str();
    let found: Vec<(usize, Value)> = found
        .into_iter()
        .filter(|indicator| wanted.is_none_or(|wanted| indicator["IndicatorType"] == wanted))
        .enumerate()
        .collect();
    let id = investigation.id.clone();
    let (found, token) = page(found, |(position, _)| format!("{position:09}"), input, 100)?;
    let indicators: Vec<Value> = found.into_iter().map(|(_, indicator)| indicator).collect();
    Ok(with_token(json!({"GraphArn": arn, "InvestigationId": id, "Indicators": indicators}), token))
}

/// One indicator of every type. The addresses are from the ranges that documentation may use.
fn made_up(investigation: &Investigation) -> Vec<Value> {
    let group = hex(&investigation.entity, 32);
    let finding = format!("arn:aws:guardduty:us-east-1:111122223333:detector/{group}/finding/{group}");
    let detail =
        |kind: &str, member: &str, detail: Value| json!({"IndicatorType": kind, "IndicatorDetail": {member: detail}});
    vec![
        detail(
            "TTP_OBSERVED",
            "TTPsObservedDetail",
            json!({"Tactic": "Discovery", "Technique": "Cloud Service Discovery", "Procedure": "Enumerate roles",
                "IpAddress": "192.0.2.44", "APIName": "ListRoles", "APISuccessCount": 12, "APIFailureCount": 3}),
        ),
        detail(
            "IMPOSSIBLE_TRAVEL",
            "ImpossibleTravelDetail",
            json!({"StartingIpAddress": "192.0.2.44", "EndingIpAddress": "198.51.100.7", "StartingLocation": "Dublin",
                "EndingLocation": "Sydney", "HourlyTimeDelta": 1}),
        ),
        detail(
            "FLAGGED_IP_ADDRESS",
            "FlaggedIpAddressDetail",
            json!({"IpAddress": "198.51.100.7", "Reason": "AWS_THREAT_INTELLIGENCE"}),
        ),
        detail(
            "NEW_GEOLOCATION",
            "NewGeolocationDetail",
            json!({"Location": "Sydney", "IpAddress": "198.51.100.7", "IsNewForEntireAccount": true}),
        ),
        detail("NEW_ASO", "NewAsoDetail", json!({"Aso": "Example Networks", "IsNewForEntireAccount": false})),
        detail("NEW_USER_AGENT", "NewUserAgentDetail", json!({"UserAgent": "curl/8", "IsNewForEntireAccount": true})),
        detail(
            "RELATED_FINDING",
            "RelatedFindingDetail",
            json!({"Arn": finding, "Type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller", "IpAddress": "198.51.100.7"}),
        ),
        detail("RELATED_FINDING_GROUP", "RelatedFindingGroupDetail", json!({"Id": group})),
    ]
}
