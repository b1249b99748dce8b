//! The root, organizational units and the accounts in them.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::page::{page, with_token};
use crate::resources::organization::Organization;
use crate::services::organizations::access::{account_not_found, bad_token, manager, reader};
use crate::services::organizations::events::call_event;
use crate::services::organizations::tags;
use crate::world::state::State;

const PAGE: usize = 20;

fn parent_not_found() -> AwsError {
    let message = "We can't find a root or OU with the ParentId that you specified.";
    AwsError::new("ParentNotFoundException", 400, message)
}

fn check_parent(organization: &Organization, id: &str) -> Result<(), AwsError> {
    if organization.is_parent(id) { Ok(()) } else { Err(parent_not_found()) }
}

fn check_unit(organization: &Organization, id: &str) -> Result<(), AwsError> {
    if organization.units.contains_key(id) {
        return Ok(());
    }
    let message = "We can't find an OU with the OrganizationalUnitId that you specified.";
    Err(AwsError::new("OrganizationalUnitNotFoundException", 400, message))
}

/// No two OUs of a parent have the same name.
fn check_name(organization: &Organization, parent: &str, name: &str) -> Result<(), AwsError> {
    if !organization.units.values().any(|unit| unit.parent == parent && unit.name == name) {
        return Ok(());
    }
    Err(AwsError::new("DuplicateOrganizationalUnitException", 400, "An OU with the same name already exists."))
}

/// An OU, as operations describe it.
pub(super) fn unit(organization: &Organization, id: &str) -> Value {
    json!({"Id": id, "Arn": organization.arn("ou", id), "Name": organization.units[id].name})
}

pub(super) fn roots(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let organization = reader(state, caller)?;
    let root = json!({
        "Id": organization.root, "Arn": organization.arn("root", &organization.root), "Name": "Root",
        "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    });
    let (roots, token) = page(vec![root], |root| root["Id"].to_string(), input, PAGE).map_err(bad_token)?;
    Ok(with_token(json!({ "Roots": roots }), token))
}

pub(super) fn create_unit(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (parent, name) = (text(input, "ParentId"), text(input, "Name"));
    let organization = manager(state, caller)?;
    check_parent(organization, &parent)?;
    check_name(organization, &parent, &name)?;
    let id = organization.add_unit(&parent, &name);
    organization.add_tags(&id, tags::read(input));
    Ok(json!({"OrganizationalUnit": unit(organization, &id)}))
}

pub(super) fn update_unit(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "OrganizationalUnitId");
    let organization = manager(state, caller)?;
    check_unit(organization, &id)?;
    if let Some(name) = input["Name"].as_str().filter(|name| *name != organization.units[&id].name) {
        check_name(organization, &organization.units[&id].parent, name)?;
        organization.units.entry(id.clone()).and_modify(|unit| unit.name = name.to_owned());
    }
    Ok(json!({"OrganizationalUnit": unit(organization, &id)}))
}

pub(super) fn delete_unit(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "OrganizationalUnitId");
    let organization = manager(state, caller)?;
    check_unit(organization, &id)?;
    let has_accounts = organization.memberships.values().any(|membership| membership.parent == id);
    if has_accounts || organization.units.values().any(|unit| unit.parent == id) {
        let message = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, \
            and try the operation again.";
        return Err(AwsError::new("OrganizationalUnitNotEmptyException", 400, message));
    }
    organization.units.remove(&id);
    organization.tags.remove(&id);
    Ok(json!({}))
}

pub(super) fn describe_unit(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let id = text(input, "OrganizationalUnitId");
    let organization = reader(state, caller)?;
    check_unit(organization, &id)?;
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
        organization
            .memberships
            .iter()
            .filter(|(_, membership)| membership.parent == parent)
            .map(|(id, _)| id.clone())
            .collect()
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
    let parent = organization.memberships.get(&child).map(|membership| &membership.parent);
    let parent = parent.or_else(|| organization.units.get(&child).map(|unit| &unit.parent)).ok_or_else(|| {
        let message = "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.";
        AwsError::new("ChildNotFoundException", 400, message)
    })?;
    let kind = if *parent == organization.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    let parent = json!({"Id": parent, "Type": kind});
    let (parents, token) = page(vec![parent], |parent| parent["Id"].to_string(), input, PAGE).map_err(bad_token)?;
    Ok(with_token(json!({ "Parents": parents }), token))
}

pub(super) fn move_account(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (account, from, to) =
        (text(input, "AccountId"), text(input, "SourceParentId"), text(input, "DestinationParentId"));
    let organization = manager(state, caller)?;
    if !organization.is_parent(&to) {
        let message = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        return Err(AwsError::new("DestinationParentNotFoundException", 400, message));
    }
    let membership = organization.memberships.get_mut(&account).ok_or_else(account_not_found)?;
    if membership.parent != from {
        let message = "We can't find a source root or OU with the ParentId that you specified.";
        return Err(AwsError::new("SourceParentNotFoundException", 400, message));
    }
    if from == to {
        let message = "That account is already present in the specified destination.";
        return Err(AwsError::new("DuplicateAccountException", 400, message));
    }
    membership.parent.clone_from(&to);
    let request = json!({"accountId": account, "sourceParentId": from, "destinationParentId": to});
    call_event(state, caller, "MoveAccount", &request, &Value::Null);
    Ok(json!({}))
}
