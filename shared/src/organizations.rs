//! Calls to AWS Organizations.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::Account;

use crate::account::{AccountId, AccountState, Email, OrganizationAccount};
use crate::error::CallError;

/// Reads one account. `None` if the organization has no such account.
///
/// # Errors
/// The call's error, or `IncompleteAnswer` for an account without an id or email address.
pub async fn describe_account(client: &Client, id: AccountId) -> Result<Option<OrganizationAccount>, CallError> {
    const OPERATION: &str = "DescribeAccount";
    let answer = client.describe_account().account_id(id.to_string()).send().await.map_err(CallError::of(OPERATION));
    match answer {
        Err(error) if error.is_account_not_found() => Ok(None),
        Err(error) => Err(error),
        Ok(answer) => answer.account().and_then(organization_account).map(Some).ok_or_else(|| {
            let message = format!("Organizations described account {id} without its id or email address");
            CallError::new(OPERATION, "IncompleteAnswer", &message)
        }),
    }
}

/// Reads an account as Organizations describes it. `State` took the place of `Status`, which may not be sent any more.
fn organization_account(account: &Account) -> Option<OrganizationAccount> {
    let state = match account.state() {
        Some(state) => state.as_str(),
        None => account.status().map_or("missing", aws_sdk_organizations::types::AccountStatus::as_str),
    };
    Some(OrganizationAccount {
        id: account.id()?.parse().ok()?,
        email: Email::new(account.email()?),
        state: AccountState::from(state),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_organizations::types::{AccountState as State, AccountStatus};

    #[test]
    fn the_state_is_read_and_else_the_status() {
        let account = Account::builder().id("111122223333").email("root@example.com").status(AccountStatus::Active);
        let both = account.clone().state(State::Suspended).build();
        assert_eq!(organization_account(&both).unwrap().state, AccountState::Suspended);
        assert_eq!(organization_account(&account.build()).unwrap().state, AccountState::Active);
        let neither = Account::builder().id("111122223333").email("root@example.com").build();
        assert_eq!(organization_account(&neither).unwrap().state, AccountState::Unknown("missing".into()));
    }
}
