//! Keeps the Detective behavior graphs in step with the organization, as the policy defines it.

mod cache;
mod cover;
mod graph_settings;
mod publish;
mod reconcile;
mod removal_confirmation;

use detective_onboarding::lambda::handler;

use crate::reconcile::Reconciler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    handler::run(Reconciler::new, Reconciler::handle).await
}
