//! Keeps the Detective behavior graphs in step with the organization, as the policy says.

mod alerts;
mod coverage;
mod memory;
mod organization;
mod publish;
mod reconcile;
mod removal;
mod rows;
mod upkeep;

use detective_onboarding::function;

use crate::reconcile::Reconciler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    function::run(Reconciler::new, Reconciler::handle).await
}
