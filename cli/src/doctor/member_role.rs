//! Whether the role that accepts invitations is in the member accounts.

use aws_sdk_sts::Client;
use detective_onboarding::error::CallError;
use detective_onboarding::model::account::AccountId;
use futures_util::future::join_all;

use super::context::Context;
use super::finding::Finding;
use super::scope::AccountScope;

const ID: &str = "member-role";

/// The session may do nothing: it is enough that it can be started.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

pub(super) async fn check(context: &Context, scope: Option<&AccountScope>) -> Vec<Finding> {
    let Some((name, external_id)) = &context.member_role else { return Vec::new() };
    if !context.is_administrator() {
        return vec![context.only_administrator(ID, &format!("Whether the member accounts have the role {name}"))];
    }
    let Some(scope) = scope else {
        let what = "The member accounts could not be read, so the role was not checked.";
        return vec![Finding::unknown(ID, what, "Fix the problems of the policy and of the organization first.")];
    };
    // StackSets never deploy to the management account.
    let accounts: Vec<AccountId> =
        scope.in_scope.iter().copied().filter(|id| Some(*id) != context.management()).collect();
    let client = Client::new(&context.at_home());
    let checks =
        spread(&accounts, context.sample).map(|account| check_account(context, &client, account, name, external_id));
    join_all(checks).await
}

/// So many of the accounts, from all over the list.
fn spread(accounts: &[AccountId], count: usize) -> impl Iterator<Item = AccountId> {
    let count = count.min(accounts.len());
    (0..count).map(move |index| accounts[index * accounts.len() / count])
}

async fn check_account(
    context: &Context,
    client: &Client,
    account: AccountId,
    name: &str,
    external_id: &str,
) -> Finding {
    let role = format!("arn:{}:iam::{account}:role/{name}", context.partition);
    let request = client
        .assume_role()
        .role_arn(&role)
        .role_session_name("detective-onboarding-doctor")
        .external_id(external_id)
        .policy(NOTHING)
        // The shortest time that STS knows.
        .duration_seconds(900);
    let finding = match request.send().await.map_err(CallError::of("AssumeRole")) {
        Ok(_) => Finding::ok(ID, format!("{role} can be assumed.")),
        Err(error) if error.is_access_denied() => {
            // As template.yaml deploys it, the role trusts the acceptor alone: nobody else can see whether it is there.
            let what = format!("{role} does not exist, or trusts {name}-acceptor alone, or has another external id.");
            let fix = "Invoke the function CentralAcceptor and read its report: accounts without the role are held there as \
                       member-role-unavailable.";
            Finding::unknown(ID, what, fix)
        }
        Err(error) => Finding::unanswered(ID, &error, "sts:AssumeRole"),
    };
    finding.of(account)
}
