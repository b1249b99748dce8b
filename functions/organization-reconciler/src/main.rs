//! Keeps the Detective behavior graphs in step with the organization, as the policy says.

mod reconcile;

use detective_onboarding::config::Environment;
use detective_onboarding::function;

use crate::reconcile::Reconciler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::of_process();
    let reconciler = match function::init_logs(&environment) {
        Ok(()) => Reconciler::new(&environment).await,
        Err(error) => Err(error),
    };
    function::run(reconciler, Reconciler::handle).await
}
