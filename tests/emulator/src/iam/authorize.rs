//! What a call needs to be allowed, by AWS's Service Authorization Reference, and whether the caller's policies allow it.
//!
//! Only principals whose policies are known are judged: the roles of deployed stacks, and sessions with a policy of their
//! own. <https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::iam::policy::{Policy, Principal, Request};
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::services::detective::graph;
use crate::services::organizations::DETECTIVE;
use crate::services::sqs::operations as queues;
use crate::world::state::State;

/// What a principal may do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Permissions {
    /// The role behind it.
    pub(crate) role: String,
    /// The role's policies; none if they are not known, and everything is allowed.
    pub(crate) identity: Option<Arc<Policy>>,
    /// The policy that the session was made with.
    pub(crate) session: Option<Arc<Policy>>,
}

/// An action on a resource.
struct Need {
    action: String,
    resource: String,
    context: BTreeMap<&'static str, String>,
}

impl Need {
    fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: BTreeMap::new() }
    }

    fn with(mut self, key: &'static str, value: &str) -> Self {
        self.context.insert(key, value.to_owned());
        self
    }
}

/// Whether the caller may make the call. What it needed is written down.
pub(crate) fn check(
    state: &mut State,
    caller: &Caller,
    service: &str,
    operation: &str,
    input: &Value,
) -> Result<(), AwsError> {
    let Some(permissions) = caller.permissions.clone() else { return Ok(()) };
    for need in needs(state, caller, service, operation, input) {
        if allow(state, &permissions, &need).is_err() {
            state.denied.insert((permissions.role, need.action.clone(), need.resource.clone()));
            return Err(denied(caller, service, &need));
        }
    }
    Ok(())
}

/// Whether the caller may do one thing more; used where an answer depends on it.
pub(crate) fn may(state: &mut State, caller: &Caller, action: &str, resource: &str) -> bool {
    let Some(permissions) = caller.permissions.clone() else { return true };
    allow(state, &permissions, &Need::new(action, resource)).is_ok()
}

fn allow(state: &mut State, permissions: &Permissions, need: &Need) -> Result<(), ()> {
    let request = Request {
        principal: Principal::Own,
        action: &need.action,
        resource: &need.resource,
        context: need.context.clone(),
    };
    let policies = [&permissions.identity, &permissions.session];
    if !policies.into_iter().flatten().all(|policy| policy.allows(&request)) {
        return Err(());
    }
    state.used.insert((permissions.role.clone(), need.action.clone(), need.resource.clone()));
    Ok(())
}

fn denied(caller: &Caller, service: &str, need: &Need) -> AwsError {
    let message = format!(
        "User: {} is not authorized to perform: {} on resource: {} because no identity-based policy allows the {} action",
        caller.arn, need.action, need.resource, need.action
    );
    // These two have another name for it.
    let code = if matches!(service, "s3" | "sts") { "AccessDenied" } else { "AccessDeniedException" };
    AwsError::new(code, if service == "organizations" { 400 } else { 403 }, message)
}

fn needs(state: &State, caller: &Caller, service: &str, operation: &str, input: &Value) -> Vec<Need> {
    let text = |member: &str| input[member].as_str().unwrap_or_default();
    let (account, region) = (&caller.account, &caller.region);
    match service {
        "detective" => detective(state, caller, operation, input),
        "organizations" => {
            let need = Need::new(format!("organizations:{operation}"), organizations(state, operation, input));
            vec![match input["ServicePrincipal"].as_str() {
                Some(service) => need.with(SERVICE_PRINCIPAL, service),
                None => need,
            }]
        }
        "events" => events(caller, operation, input),
        "sqs" => {
            let action = operation.trim_end_matches("Batch");
            vec![Need::new(format!("sqs:{action}"), queues::arn_of(caller, input))]
        }
        "s3" => {
            let bucket = format!("arn:aws:s3:::{}", text("Bucket"));
            match operation {
                "ListObjectsV2" => vec![Need::new("s3:ListBucket", bucket)],
                _ => vec![Need::new(format!("s3:{operation}"), format!("{bucket}/{}", text("Key")))],
            }
        }
        "ssm" => {
            let name = text("Name").trim_start_matches('/');
            vec![Need::new(format!("ssm:{operation}"), format!("arn:aws:ssm:{region}:{account}:parameter/{name}"))]
        }
        "account" => vec![Need::new(format!("account:{operation}"), format!("arn:aws:account::{account}:account"))],
        "sts" if operation == "AssumeRole" => vec![Need::new("sts:AssumeRole", text("RoleArn"))],
        "sts" => Vec::new(),
        other => vec![Need::new(format!("{other}:{operation}"), "*")],
    }
}

/// The condition key of trusted access and of delegated administrators: the service that they are about.
const SERVICE_PRINCIPAL: &str = "organizations:ServicePrincipal";

/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondetective.html>
fn detective(state: &State, caller: &Caller, operation: &str, input: &Value) -> Vec<Need> {
    let account = &caller.account;
    let named = input["GraphArn"].as_str().or(input["ResourceArn"].as_str()).unwrap_or_default();
    let action = match operation {
        "ListOrganizationAdminAccounts" => "detective:ListOrganizationAdminAccount".to_owned(),
        other => format!("detective:{other}"),
    };
    let resource = if named.is_empty() { "*" } else { named };
    let mut needs = vec![Need::new(action, resource)];
    const OF_ORGANIZATION: [&str; 5] = [
        "DescribeOrganizationConfiguration",
        "DisableOrganizationAdminAccount",
        "EnableOrganizationAdminAccount",
        "ListOrganizationAdminAccounts",
        "UpdateOrganizationConfiguration",
    ];
    if OF_ORGANIZATION.contains(&operation) {
        needs.push(Need::new("organizations:DescribeOrganization", "*"));
    }
    if operation == "CreateGraph" && input["Tags"].as_object().is_some_and(|tags| !tags.is_empty()) {
        needs.push(Need::new("detective:TagResource", graph::arn(state.seed, account, &caller.region)));
    }
    if operation == "EnableOrganizationAdminAccount" {
        let role = "role/aws-service-role/detective.amazonaws.com/AWSServiceRoleForDetective";
        needs.push(Need::new("iam:CreateServiceLinkedRole", format!("arn:aws:iam::{account}:{role}")));
        // Detective makes these calls with the caller's permissions, for itself and for the account that is designated.
        let register = "RegisterDelegatedAdministrator";
        for (operation, on) in
            [("EnableAWSServiceAccess", "*".to_owned()), (register, organizations(state, register, input))]
        {
            let need = Need::new(format!("organizations:{operation}"), on);
            needs.push(need.with(SERVICE_PRINCIPAL, DETECTIVE));
        }
    }
    needs
}

/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html>
fn organizations(state: &State, operation: &str, input: &Value) -> String {
    let member = match operation {
        "DescribeAccount" | "DeregisterDelegatedAdministrator" | "RegisterDelegatedAdministrator" => "AccountId",
        "ListAccountsForParent" | "ListOrganizationalUnitsForParent" => "ParentId",
        "ListParents" => "ChildId",
        "ListTagsForResource" => "ResourceId",
        _ => return "*".to_owned(),
    };
    let id = input[member].as_str().unwrap_or_default();
    let Some(organization) = &state.organization else { return "*".to_owned() };
    let kind = match id.get(..2) {
        Some("r-") => "root",
        Some("ou") => "ou",
        _ => "account",
    };
    organization.arn(kind, id)
}

fn events(caller: &Caller, operation: &str, input: &Value) -> Vec<Need> {
    if operation != "PutEvents" {
        return vec![Need::new(format!("events:{operation}"), "*")];
    }
    let entry = |entry: &Value| {
        let (account, region, bus) = crate::services::events::put_events::bus(caller, entry["EventBusName"].as_str());
        let mut need = Need::new("events:PutEvents", format!("arn:aws:events:{region}:{account}:event-bus/{bus}"));
        for (key, member) in [("events:source", "Source"), ("events:detail-type", "DetailType")] {
            need = need.with(key, entry[member].as_str().unwrap_or_default());
        }
        need
    };
    input["Entries"].as_array().into_iter().flatten().map(entry).collect()
}
