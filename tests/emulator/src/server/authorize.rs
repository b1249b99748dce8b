//! Whether a call is allowed.
//!
//! Only principals whose policies are known are checked: the roles of deployed stacks, and sessions with a policy of their
//! own.

use crate::protocol::error::AwsError;
use crate::protocol::service::{Command, Service};
use crate::world::state::State;

/// Whether the caller's policies allow all that the call requires. What they allow or deny is recorded.
pub(crate) fn authorize(state: &mut State, service: &dyn Service, command: &Command<'_>) -> Result<(), AwsError> {
    let Some(permissions) = &command.caller.permissions else { return Ok(()) };
    for required in service.required_actions(state, command) {
        if !state.allow(permissions, &required) {
            let (action, resource) = (required.action, required.resource);
            let message = format!(
                "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy \
                 allows the {action} action",
                command.caller.arn
            );
            state.denied.insert((permissions.role.clone(), action, resource));
            return Err(service.access_denied(&message));
        }
    }
    Ok(())
}
