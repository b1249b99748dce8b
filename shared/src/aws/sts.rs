//! Calls to AWS STS.

use aws_sdk_detective::config::Credentials;
use aws_sdk_sts::Client;

use crate::error::CallError;
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;

/// The role that the acceptor assumes in member accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRole {
    /// Its name, the same in every account.
    pub name: String,
    /// The external id that its trust policy asks for.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
    pub external_id: String,
}

/// Assumes the member role in an account, for nothing but accepting the invitation to one graph: whatever the role may
/// do, the session may do no more.
///
/// # Errors
/// The call's error, such as `AccessDenied` where the role does not exist or does not trust the caller, or
/// `IncompleteAnswer`.
pub async fn assume_member_role(
    client: &Client,
    account: AccountId,
    role: &MemberRole,
    graph: &GraphArn,
) -> Result<Credentials, CallError> {
    const OPERATION: &str = "AssumeRole";
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"detective:ListInvitations","Resource":"*"}},{{"Effect":"Allow","Action":"detective:AcceptInvitation","Resource":"{graph}"}}]}}"#
    );
    let request = client
        .assume_role()
        .role_arn(format!("arn:{}:iam::{account}:role/{}", graph.partition(), role.name))
        .role_session_name("detective-invitation-acceptor")
        .external_id(&role.external_id)
        .policy(policy)
        // The shortest time that STS knows.
        .duration_seconds(900);
    let answer = request.send().await.map_err(CallError::of(OPERATION))?;
    let missing = || CallError::incomplete_answer(OPERATION, "STS answered without credentials");
    let keys = answer.credentials().ok_or_else(missing)?;
    let token = Some(keys.session_token().to_owned());
    Ok(Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "member role"))
}
