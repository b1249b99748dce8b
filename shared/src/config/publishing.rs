//! Where coverage is published.

use crate::environment::{ConfigError, Environment};

/// Where coverage is published, and when it is an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Publishing {
    /// The bucket for reports (`REPORT_BUCKET`).
    pub bucket: Option<String>,
    /// The bus for alerts (`EVENT_BUS_NAME`).
    pub event_bus: Option<String>,
    /// Below this coverage, in percent, a first run sends an alert (`COVERAGE_ALERT_PERCENT`).
    pub alert_percent: f64,
    /// The function's name (`AWS_LAMBDA_FUNCTION_NAME`): the dimension of its metrics.
    pub function_name: String,
}

/// Reads where coverage is published.
pub fn publishing(environment: &Environment<'_>) -> Result<Publishing, ConfigError> {
    const PERCENT: &str = "a number from 0 to 100";
    let alert_percent = environment.parsed("COVERAGE_ALERT_PERCENT", 95.0, PERCENT)?;
    if !(0.0..=100.0).contains(&alert_percent) {
        return Err(ConfigError::new("COVERAGE_ALERT_PERCENT", format!("is {alert_percent}"), PERCENT));
    }
    Ok(Publishing {
        bucket: environment.text("REPORT_BUCKET"),
        event_bus: environment.text("EVENT_BUS_NAME"),
        alert_percent,
        function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
    })
}
