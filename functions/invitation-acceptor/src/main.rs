//! Accepts Detective invitations of trusted administrators in a member account.

mod accept;

use detective_onboarding::config::Environment;
use detective_onboarding::function;

use crate::accept::Acceptor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::of_process();
    let acceptor = match function::init_logs(&environment) {
        Ok(()) => Acceptor::new(&environment).await,
        Err(error) => Err(error),
    };
    function::run(acceptor, Acceptor::handle).await
}
