//! In the management account: checks who the organization's Detective administrator is in every Region.

mod keep;
mod preconditions;

use detective_onboarding::lambda::handler;

use crate::keep::Keeper;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    handler::run(Keeper::new, Keeper::handle).await
}
