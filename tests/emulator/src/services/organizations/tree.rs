//! Roots, organizational units, the accounts' places in them, and tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Organization, Unit, account_not_found, bad_token, manager, reader};
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::page::{page, with_token};
use crate::services::detective::members::text;
use crate::services::events::put_events::call_event;
use crate::world::state::State;

const PAGE: usize = 20;

fn parent_not_found() -> AwsError {
    let message = "We can't find a root or OU with the ParentId that you specified.";
    AwsError::new("ParentNotFoundException", 400, message)
}

fn check_parent(organization: &Organization, id: &str) -> Result<(), AwsError> {
    if id == organization.root || organization.units.contains_key(id) { Ok(()) } else { Err(parent_not_found()) }
}

fn unit(organization: &Organization, id: &str) -> Value {
    json!({"Id": id, "Arn": organization.arn("ou", id), "Name": organization.units[id].name})
}

pub(super) fn roots(state: &mut State, caller: &Caller) -> Result<Value, AwsError> {
    let organization = reader(state, caller)?;
    let root = json!({
        "Id": organization.root, "Arn": organization.arn("root", &organization.root), "Name": "Root",
        "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    });
    Ok(json!({"Roots": [root]}))
}

/// Makes an OU below a parent; its id depends on the parent and the name alone.
pub(crate) fn add_unit(organization: &mut Organization, parent: &str, name: &str) -> String {
    let root = organization.root.trim_start_matches("r-").to_owned();
    let id = format!("ou-{root}-{}", &crate::world::state::hex(&format!("ou/{parent}/{name}"), 8));
    let unit = Unit { name: name.to_owned(), parent: parent.to_owned() };
    organization.units.insert(id.clone(), unit);
    id
}

/// The OU at a path of names from the root, made where it is not there.
pub(crate) fn unit_at(organization: &mut Organization, path: &str) -> String {
    let mut parent = organization.root.clone();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let found = organization.units.iter().find(|(_, unit)| unit.parent == parent && unit.name == name);
        parent = match found.map(|(id, _)| id.clone()) {
            Some(id) => id,
            None => add_unit(organization, &parent, name),
        };
    }
    parent
}

pub(super) fn create_unit(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (parent, name) = (text(input, "ParentId"), text(input, "Name"));
    let organization = manager(state, caller)?;
    check_parent(organization, &parent)?;
    if organization.units.values().any(|unit| unit.parent == parent && unit.name == name) {
        let message = "An OU with the same name already exists.";
        return Err(AwsError::new("DuplicateOrganizationalUnitException", 400, message));
    }
    let id = add_unit(organization, &parent, &name);
    Ok(json!({"OrganizationalUnit": unit(organization, &id)}))
}

pub(super) fn describe_unit(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "OrganizationalUnitId");
    let organization = reader(state, caller)?;
    if !organization.units.contains_key(&id) {
        let message = "We can't find an OU with the OrganizationalUnitId that you specified.";
        return Err(AwsError::new("OrganizationalUnitNotFoundException", 400, message));
    }
    Ok(json!({"OrganizationalUnit": unit(organization, &id)}))
}

pub(super) fn units(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let parent = text(input, "ParentId");
    let organization = reader(state, caller)?;
    check_parent(organization, &parent)?;
    let ids: Vec<&String> =
        organization.units.iter().filter(|(_, unit)| unit.parent == parent).map(|(id, _)| id).collect();
    let (ids, token) = page(ids, |id| (*id).clone(), input, PAGE).map_err(bad_token)?;
    let units: Vec<Value> = ids.into_iter().map(|id| unit(organization, id)).collect();
    Ok(with_token(json!({"OrganizationalUnits": units}), token))
}

pub(super) fn children(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (parent, kind) = (text(input, "ParentId"), text(input, "ChildType"));
    let organization = reader(state, caller)?;
    check_parent(organization, &parent)?;
    let ids: Vec<String> = if kind == "ACCOUNT" {
        organization.places.iter().filter(|(_, place)| place.parent == parent).map(|(id, _)| id.clone()).collect()
    } else {
        organization.units.iter().filter(|(_, unit)| unit.parent == parent).map(|(id, _)| id.clone()).collect()
    };
    let (ids, token) = page(ids, Clone::clone, input, PAGE).map_err(bad_token)?;
    let children: Vec<Value> = ids.into_iter().map(|id| json!({"Id": id, "Type": kind})).collect();
    Ok(with_token(json!({"Children": children}), token))
}

pub(super) fn parents(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let child = text(input, "ChildId");
    let organization = reader(state, caller)?;
    let parent = organization.places.get(&child).map(|place| &place.parent);
    let parent = parent.or_else(|| organization.units.get(&child).map(|unit| &unit.parent)).ok_or_else(|| {
        let message = "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.";
        AwsError::new("ChildNotFoundException", 400, message)
    })?;
    let kind = if *parent == organization.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    Ok(json!({"Parents": [{"Id": parent, "Type": kind}]}))
}

pub(super) fn move_account(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (account, from, to) =
        (text(input, "AccountId"), text(input, "SourceParentId"), text(input, "DestinationParentId"));
    let organization = manager(state, caller)?;
    if !(to == organization.root || organization.units.contains_key(&to)) {
        let message = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        return Err(AwsError::new("DestinationParentNotFoundException", 400, message));
    }
    let place = organization.places.get_mut(&account).ok_or_else(account_not_found)?;
    if place.parent != from {
        let message = "We can't find a source root or OU with the ParentId that you specified.";
        return Err(AwsError::new("SourceParentNotFoundException", 400, message));
    }
    place.parent.clone_from(&to);
    let request = json!({"accountId": account, "sourceParentId": from, "destinationParentId": to});
    call_event(state, caller, "MoveAccount", &request, &Value::Null);
    Ok(json!({}))
}

/// Adds tags, in the API's form, to a resource.
pub(crate) fn add_tags(organization: &mut Organization, resource: &str, tags: &Value) {
    let added = tags.as_array().into_iter().flatten().map(|tag| (text(tag, "Key"), text(tag, "Value")));
    let added: BTreeMap<String, String> = added.collect();
    if !added.is_empty() {
        organization.tags.entry(resource.to_owned()).or_default().extend(added);
    }
}

fn check_resource(organization: &Organization, id: &str) -> Result<(), AwsError> {
    let known = id == organization.root || organization.units.contains_key(id) || organization.places.contains_key(id);
    if known {
        return Ok(());
    }
    let message = "We can't find a root, OU, account, or policy with the TargetId that you specified.";
    Err(AwsError::new("TargetNotFoundException", 400, message))
}

pub(super) fn tags(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "ResourceId");
    let organization = reader(state, caller)?;
    check_resource(organization, &id)?;
    let tags: Vec<Value> = organization
        .tags
        .get(&id)
        .into_iter()
        .flatten()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(json!({"Tags": tags}))
}

pub(super) fn tag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "ResourceId");
    let organization = manager(state, caller)?;
    check_resource(organization, &id)?;
    add_tags(organization, &id, &input["Tags"]);
    Ok(json!({}))
}

pub(super) fn untag(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "ResourceId");
    let organization = manager(state, caller)?;
    check_resource(organization, &id)?;
    let tags = organization.tags.entry(id).or_default();
    for key in input["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        tags.remove(key);
    }
    Ok(json!({}))
}
