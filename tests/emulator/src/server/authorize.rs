//! Whether a call is allowed.
//!
//! Only principals whose policies are known are checked: the roles of deployed stacks, and sessions with a policy of their
//! own. What the policy of a queue or a topic denies is denied to all; a queue, a topic or an event bus of another account must
//! have a policy that allows the call.

use std::collections::BTreeMap;

use crate::iam::permissions::RequiredAction;
use crate::iam::policy::{Policy, Principal, Request};
use crate::iam::principal::role_of;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::service::{Command, Service};
use crate::resources::region::{in_partition, partition};
use crate::world::keys;
use crate::world::state::State;

/// Whether policies allow the caller all that the call requires. What they allow or deny is recorded.
pub(crate) fn authorize(state: &mut State, service: &dyn Service, command: &Command<'_>) -> Result<(), AwsError> {
    let caller = command.caller;
    let mut all = service.required_actions(state, command);
    all.iter_mut().for_each(|one| one.resource = in_partition(&one.resource, partition(&caller.region)));
    let of_keys = all.iter().flat_map(|one| keys::required(state, &one.action, &one.resource));
    let of_keys = of_keys.map(|used| RequiredAction::new(used.action, used.key).with("kms:ViaService", &used.via));
    let of_keys: Vec<RequiredAction> = of_keys.collect();
    for required in all.into_iter().chain(of_keys) {
        let problem = if let Some(problem) = resource_problem(state, caller, &required) {
            problem.to_owned()
        } else if caller.permissions.as_ref().is_none_or(|permissions| state.allow(permissions, &required)) {
            continue;
        } else {
            format!("because no identity-based policy allows the {} action", required.action)
        };
        let (action, resource) = (required.action, required.resource);
        let message =
            format!("User: {} is not authorized to perform: {action} on resource: {resource} {problem}", caller.arn);
        if let Some(permissions) = &caller.permissions {
            state.denied.insert((permissions.role.clone(), action.clone(), resource));
        }
        return Err(match action.starts_with("kms:") {
            true => service.key_denied(&message),
            false => service.access_denied(&message),
        });
    }
    Ok(())
}

/// Why the policy of the queue, the topic, the bucket or the event bus that an action is on does not let a caller do it, which is no service of AWS.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>
fn resource_problem(state: &State, caller: &Caller, required: &RequiredAction) -> Option<&'static str> {
    let parts: Vec<&str> = required.resource.splitn(6, ':').collect();
    let ["arn", _, service @ ("sqs" | "sns" | "events" | "s3"), region, owner, name] = parts[..] else { return None };
    let bucket = state.buckets.0.get(name.split('/').next().unwrap_or_default());
    let owner = bucket.filter(|_| service == "s3").map_or(owner, |bucket| &bucket.account);
    let policy = match service {
        "s3" => bucket.map(|bucket| &bucket.policy),
        "sqs" => state.queue_policies.get(&required.resource),
        "sns" => state.topics.policies.get(&required.resource),
        _ => state.event_buses.policy(owner, region, name.trim_start_matches("event-bus/")),
    };
    let none = Policy::default();
    let policy = policy.unwrap_or(&none);
    let organization = state.organization.as_ref().filter(|organization| organization.contains(&caller.account));
    let principal = role_of(&caller.arn).unwrap_or_else(|| caller.arn.clone());
    let mut context = required.context.clone();
    context.extend(BTreeMap::from([
        ("aws:PrincipalArn", principal),
        ("aws:PrincipalIsAWSService", "false".to_owned()),
        ("aws:PrincipalAccount", caller.account.clone()),
        ("aws:SecureTransport", "true".to_owned()),
    ]));
    context.extend(organization.map(|organization| ("aws:PrincipalOrgID", organization.id.clone())));
    let request = Request {
        principal: Principal::Caller { account: &caller.account, arn: &caller.arn },
        action: &required.action,
        resource: &required.resource,
        context,
    };
    if policy.denies(&request) {
        return Some("with an explicit deny in a resource-based policy");
    }
    let is_own = owner == caller.account;
    (!is_own && !policy.allows(&request)).then_some("because no resource-based policy allows the action")
}
