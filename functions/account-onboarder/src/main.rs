//! Makes an account that joined the organization a member of the Detective behavior graph.

mod onboard;

use detective_onboarding::config::Environment;
use detective_onboarding::function;

use crate::onboard::Onboarder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::of_process();
    let onboarder = match function::init_logs(&environment) {
        Ok(()) => Onboarder::new(&environment).await,
        Err(error) => Err(error),
    };
    function::run(onboarder, Onboarder::handle).await
}
