//! Keeps the Detective behavior graphs in step with the organization, as the policy defines it.
#![recursion_limit = "256"] // The layout of the library's futures is computed here.

use detective_onboarding::lambda::handler;
use organization_reconciler::Reconciler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    handler::run(Reconciler::new, Reconciler::handle).await
}
