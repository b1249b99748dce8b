//! Where coverage is published.

use crate::aws::alerts::AlertTargets;
use crate::aws::s3::Bucket;
use crate::environment::{ConfigError, Environment};
use crate::model::account::AccountId;

/// Where coverage is published, and when it is an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Publishing {
    /// The bucket for reports and for what is remembered (`REPORT_BUCKET`), and the account that it must belong to
    /// (`REPORT_BUCKET_OWNER`).
    pub bucket: Option<Bucket>,
    /// Where alerts are sent.
    pub alerts: AlertTargets,
    /// Below this coverage, in percent, a first run sends an alert (`COVERAGE_ALERT_PERCENT`).
    pub alert_percent: f64,
    /// Whether people get a digest each day (`DAILY_DIGEST`).
    pub daily_digest: bool,
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
        bucket: bucket(environment, "REPORT_BUCKET", "REPORT_BUCKET_OWNER")?,
        alerts: alert_targets(environment),
        alert_percent,
        daily_digest: environment.parsed("DAILY_DIGEST", false, "true or false")?,
        function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
    })
}

/// Reads where alerts are sent (`EVENT_BUS_NAME`, `ALERT_TOPIC_ARN`).
pub fn alert_targets(environment: &Environment<'_>) -> AlertTargets {
    AlertTargets { bus: environment.text("EVENT_BUS_NAME"), topic: environment.text("ALERT_TOPIC_ARN") }
}

/// Reads in which bucket the reconciler keeps what it remembers (`STATE_BUCKET`, `STATE_BUCKET_OWNER`), for another function.
pub fn state_bucket(environment: &Environment<'_>) -> Result<Option<Bucket>, ConfigError> {
    bucket(environment, "STATE_BUCKET", "STATE_BUCKET_OWNER")
}

fn bucket(
    environment: &Environment<'_>,
    name: &'static str,
    owner: &'static str,
) -> Result<Option<Bucket>, ConfigError> {
    const OWNER: &str = "the id of the account that the bucket belongs to, or nothing";
    let owners = environment.list::<AccountId>(owner, OWNER)?;
    if owners.len() > 1 {
        return Err(ConfigError::new(owner, "names more than one account", OWNER));
    }
    Ok(environment.text(name).map(|name| Bucket { name, owner: owners.first().copied() }))
}
