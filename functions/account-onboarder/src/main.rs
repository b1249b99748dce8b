//! Makes an account that joined the organization a member of the Detective behavior graph.

mod onboard;

use detective_onboarding::function;

use crate::onboard::Onboarder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    function::run(Onboarder::new, Onboarder::handle).await
}
