//! Starts members that Detective accepted but does not monitor.

mod monitor;
mod silence;

use detective_onboarding::lambda::handler;

use crate::monitor::Monitor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    handler::run(Monitor::new, Monitor::handle).await
}
