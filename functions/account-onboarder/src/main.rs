//! Makes an account that joined the organization a member of the Detective behavior graph.

mod accounts;
mod answer;
mod arrivals;
mod onboard;
mod retry;
mod unreadable;

use detective_onboarding::lambda::handler;

use crate::onboard::Onboarder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    handler::run(Onboarder::new, Onboarder::handle).await
}
