//! Whether a call is allowed.
//!
//! Only principals whose policies are known are checked: the roles of deployed stacks, and sessions with a policy of their
//! own. What a queue's policy denies is denied to all.

use std::collections::BTreeMap;

use crate::iam::permissions::RequiredAction;
use crate::iam::policy::{Principal, Request};
use crate::iam::principal::role_of;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::service::{Command, Service};
use crate::world::state::State;

/// Whether policies allow the caller all that the call requires. What they allow or deny is recorded.
pub(crate) fn authorize(state: &mut State, service: &dyn Service, command: &Command<'_>) -> Result<(), AwsError> {
    let caller = command.caller;
    for required in service.required_actions(state, command) {
        let problem = if is_denied_by_queue(state, caller, &required) {
            "with an explicit deny in a resource-based policy".to_owned()
        } else if caller.permissions.as_ref().is_none_or(|permissions| state.allow(permissions, &required)) {
            continue;
        } else {
            format!("because no identity-based policy allows the {} action", required.action)
        };
        let (action, resource) = (required.action, required.resource);
        let message =
            format!("User: {} is not authorized to perform: {action} on resource: {resource} {problem}", caller.arn);
        if let Some(permissions) = &caller.permissions {
            state.denied.insert((permissions.role.clone(), action, resource));
        }
        return Err(service.access_denied(&message));
    }
    Ok(())
}

/// Whether the policy of the queue that an action is on denies it to a caller, which is no service of AWS.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
fn is_denied_by_queue(state: &State, caller: &Caller, required: &RequiredAction) -> bool {
    let Some(policy) = state.queue_policies.get(&required.resource) else { return false };
    let principal = role_of(&caller.arn).unwrap_or_else(|| caller.arn.clone());
    policy.denies(&Request {
        principal: Principal::Caller { account: &caller.account, arn: &caller.arn },
        action: &required.action,
        resource: &required.resource,
        context: BTreeMap::from([
            ("aws:PrincipalArn", principal),
            ("aws:PrincipalIsAWSService", "false".to_owned()),
            ("aws:PrincipalAccount", caller.account.clone()),
        ]),
    })
}
