//! What Detective and Organizations ask for before an account can administer Detective for the organization.

use detective_onboarding::aws::organizations;
use detective_onboarding::error::{CallError, Failure};
use detective_onboarding::model::account::{AccountId, AccountState};

/// What keeps the account from administering Detective.
#[derive(Debug, Default)]
pub(crate) struct Preconditions {
    /// It is not in use: its graphs are deleted when it is closed for good.
    pub(crate) unusable: Option<Failure>,
    /// Designating it would be refused.
    pub(crate) refused: Option<Failure>,
}

/// Reads the account, the organization and its delegated administrators.
///
/// <https://docs.aws.amazon.com/detective/latest/APIReference/API_EnableOrganizationAdminAccount.html>
///
/// # Errors
/// A call's error.
pub(crate) async fn read(
    client: &aws_sdk_organizations::Client,
    administrator: AccountId,
) -> Result<Preconditions, CallError> {
    let failure = |message: String| Some(Failure::UnusableAdministrator(message));
    let unusable = match organizations::describe_account(client, administrator).await? {
        Some(account) if account.state == AccountState::Active => None,
        Some(account) => failure(format!(
            "account {administrator}, which should administer Detective, is {}: reopen it before it is closed for good, which \
             deletes its behavior graphs, or set ADMINISTRATOR_ACCOUNT_ID to another account",
            account.state
        )),
        None => failure(format!(
            "account {administrator}, which should administer Detective, is not in the organization: set \
             ADMINISTRATOR_ACCOUNT_ID to an account that is"
        )),
    };
    let features = organizations::features(client).await?;
    let delegated = organizations::detective_administrator(client).await?;
    let other = delegated.filter(|delegated| *delegated != administrator && administrator != features.management);
    let refused = match (unusable.clone(), features.all, other) {
        (Some(unusable), ..) => Some(unusable),
        (None, false, _) => failure(
            "the organization has consolidated billing only, and Detective needs all features: enable them in Organizations"
                .to_owned(),
        ),
        (None, true, Some(other)) => failure(format!(
            "account {other} is Detective's delegated administrator, and there is only one: set ADMINISTRATOR_ACCOUNT_ID to it, or \
             deregister it in Organizations, which deletes its behavior graphs"
        )),
        (None, true, None) => None,
    };
    Ok(Preconditions { unusable, refused })
}
