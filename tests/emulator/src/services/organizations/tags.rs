//! Tags of accounts, OUs and the root.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::{items, text, texts};
use crate::protocol::page::{page, with_token};
use crate::resources::organization::Organization;
use crate::services::organizations::access::{bad_token, manager, reader, target_not_found};
use crate::services::organizations::events::call_event;
use crate::world::state::State;

/// The largest page: a resource has at most so many tags.
const PAGE: usize = 50;

/// The tags in an input.
pub(super) fn read(input: &Value) -> BTreeMap<String, String> {
    items(input, "Tags").map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect()
}

fn check_resource(organization: &Organization, id: &str) -> Result<(), AwsError> {
    if organization.is_parent(id) || organization.contains(id) {
        return Ok(());
    }
    Err(target_not_found())
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "ResourceId");
    let organization = reader(state, caller)?;
    check_resource(organization, &id)?;
    let tags = organization.tags.get(&id).into_iter().flatten().collect();
    let (tags, token) = page(tags, |(key, _): &(&String, &String)| (*key).clone(), input, PAGE).map_err(bad_token)?;
    let tags: Vec<Value> = tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    Ok(with_token(json!({"Tags": tags}), token))
}

pub(super) fn tag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "ResourceId");
    let organization = manager(state, caller)?;
    check_resource(organization, &id)?;
    organization.add_tags(&id, read(input));
    call_event(state, caller, "TagResource", &json!({"resourceId": id}), &Value::Null);
    Ok(json!({}))
}

pub(super) fn untag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "ResourceId");
    let organization = manager(state, caller)?;
    check_resource(organization, &id)?;
    let tags = organization.tags.entry(id.clone()).or_default();
    for key in texts(input, "TagKeys") {
        tags.remove(key);
    }
    call_event(state, caller, "UntagResource", &json!({"resourceId": id}), &Value::Null);
    Ok(json!({}))
}
