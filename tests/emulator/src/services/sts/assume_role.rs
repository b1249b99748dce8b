//! AssumeRole.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::iam::policy::{Policy, Principal, Request};
use crate::iam::principal::role_of;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::time::iso;
use crate::resources::account::Account;
use crate::resources::region::partition;
use crate::world::state::State;

/// Starts a session of a role.
pub(super) fn assume_role(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let (role, session_name) = (text(input, "RoleArn"), text(input, "RoleSessionName"));
    let role = role.as_str();
    let seconds = input["DurationSeconds"].as_i64().unwrap_or(3600);
    let denied = || {
        let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", caller.arn);
        AwsError::new("AccessDenied", 403, message)
    };
    let account = role.split(':').nth(4).filter(|account| account.len() == 12).ok_or_else(denied)?;
    // AWS does not document the error for a role of an account that is closed.
    if !state.accounts.get(account).is_none_or(Account::can_call) {
        return Err(denied());
    }
    let is_here = role.split(':').nth(1) == Some(partition(&caller.region));
    if !role.contains(":role/") || !is_here {
        return Err(denied());
    }
    let trust = state.identities.trust(role).ok_or_else(denied)?;
    if !trusts(state, &trust, caller, role, input["ExternalId"].as_str()) {
        return Err(denied());
    }
    let session_policy = input["Policy"].as_str().map(session_policy).transpose()?;
    // A session lasts as long for a client, which counts in real time, however fast virtual time flows.
    let expires = state.now() + TimeDelta::seconds(seconds);
    let refused_from = state.now() + TimeDelta::seconds((seconds as f64 * state.clock.rate().max(1.0)) as i64);
    let (key, identity) = state.start_session(role, &session_name, session_policy, Some(refused_from));
    let token = identity.token.clone().unwrap_or_default();
    let answer = json!({
        "Credentials": {
            "AccessKeyId": key, "SecretAccessKey": identity.secret, "SessionToken": token, "Expiration": iso(expires),
        },
        "AssumedRoleUser": {"AssumedRoleId": identity.user_id, "Arn": identity.arn},
    });
    state.identities.add_key(key, identity);
    Ok(answer)
}

fn session_policy(text: &str) -> Result<Policy, AwsError> {
    let malformed = |problem: String| AwsError::new("MalformedPolicyDocument", 400, problem);
    let document = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    Policy::from_document(&document).map_err(|error| malformed(error.to_string()))
}

/// Whether a trust policy lets the caller assume its role.
fn trusts(state: &State, trust: &Policy, caller: &Caller, role: &str, external_id: Option<&str>) -> bool {
    let organization = state.organization.as_ref().filter(|organization| organization.contains(&caller.account));
    let organization = organization.map(|organization| ("aws:PrincipalOrgID", organization.id.clone()));
    let external_id = external_id.map(|id| ("sts:ExternalId", id.to_owned()));
    // <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
    let principal_arn = ("aws:PrincipalArn", role_of(&caller.arn).unwrap_or_else(|| caller.arn.clone()));
    trust.allows(&Request {
        principal: Principal::Caller { account: &caller.account, arn: &caller.arn },
        action: "sts:AssumeRole",
        resource: role,
        context: organization.into_iter().chain(external_id).chain([principal_arn]).collect(),
    })
}
