//! Removes accounts that left the organization or were closed from the behavior graphs, after a grace period.

mod offboard;

use detective_onboarding::lambda::handler;

use crate::offboard::Offboarder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    handler::run(Offboarder::new, Offboarder::handle).await
}
