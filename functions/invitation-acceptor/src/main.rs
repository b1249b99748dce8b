//! Accepts Detective invitations of trusted administrators: in the member account that it runs in, or, from the
//! administrator account, in all invited accounts.

mod accept;
mod central;

use detective_onboarding::config;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::lambda::handler;

use crate::accept::Acceptor;
use crate::central::Central;

/// Where invitations are accepted.
enum Mode {
    InThisAccount(Box<Acceptor>),
    InMemberAccounts(Box<Central>),
}

fn mode(environment: &Environment<'_>) -> Result<Mode, ConfigError> {
    match config::member_role(environment)? {
        Some(role) => Central::new(environment, role).map(Box::new).map(Mode::InMemberAccounts),
        None => Acceptor::new(environment).map(Box::new).map(Mode::InThisAccount),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    handler::run(mode, async |mode, invocation| match mode {
        Mode::InThisAccount(acceptor) => acceptor.handle(invocation).await,
        Mode::InMemberAccounts(central) => central.handle(invocation).await,
    })
    .await
}
