//! Starts members that Detective accepted but does not monitor.

mod monitor;

use detective_onboarding::config::Environment;
use detective_onboarding::function;

use crate::monitor::Monitor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::of_process();
    let monitor = match function::init_logs(&environment) {
        Ok(()) => Monitor::new(&environment).await,
        Err(error) => Err(error),
    };
    function::run(monitor, Monitor::handle).await
}
