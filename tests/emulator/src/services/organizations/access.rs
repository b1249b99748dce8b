//! Who may read and change the organization, and the errors that most operations share.

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::resources::organization::Organization;
use crate::world::state::State;

pub(super) fn not_in_use() -> AwsError {
    let message = "Your account is not a member of an organization.";
    AwsError::new("AWSOrganizationsNotInUseException", 400, message)
}

pub(super) fn denied() -> AwsError {
    AwsError::new("AccessDeniedException", 400, "You don't have permissions to access this resource.")
}

pub(super) fn account_not_found() -> AwsError {
    let message = "You specified an account that doesn't exist.";
    AwsError::new("AccountNotFoundException", 400, message)
}

pub(super) fn target_not_found() -> AwsError {
    let message = "We can't find a root, OU, account, or policy with the TargetId that you specified.";
    AwsError::new("TargetNotFoundException", 400, message)
}

/// The error for an invalid page token.
pub(super) fn bad_token(error: AwsError) -> AwsError {
    AwsError::new("InvalidInputException", 400, error.message).with("Reason", "INVALID_NEXT_TOKEN")
}

/// The organization, for any of its accounts.
pub(super) fn member_of<'a>(state: &'a mut State, caller: &Caller) -> Result<&'a mut Organization, AwsError> {
    let organization = state.organization.as_mut();
    organization.filter(|organization| organization.contains(&caller.account)).ok_or_else(not_in_use)
}

/// The organization, for those that may read it: the management account and delegated administrators.
pub(super) fn reader<'a>(state: &'a mut State, caller: &Caller) -> Result<&'a mut Organization, AwsError> {
    let organization = member_of(state, caller)?;
    let delegated = organization.delegated.iter().any(|delegated| delegated.account == caller.account);
    if delegated || organization.management == caller.account { Ok(organization) } else { Err(denied()) }
}

/// The organization, for its management account.
pub(super) fn manager<'a>(state: &'a mut State, caller: &Caller) -> Result<&'a mut Organization, AwsError> {
    let organization = member_of(state, caller)?;
    if organization.management == caller.account { Ok(organization) } else { Err(denied()) }
}

pub(super) fn constraint_violation(reason: &str, message: &str) -> AwsError {
    AwsError::new("ConstraintViolationException", 400, message).with("Reason", reason)
}
