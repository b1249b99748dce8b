//! Metrics that a function writes itself, in the embedded metric format.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::environment::Environment;
use crate::report::METRIC_NAMESPACE;

/// Writes metrics with the function's name as their dimension.
#[derive(Debug)]
pub struct FunctionMetrics {
    /// Its name; none outside Lambda, where nothing is written.
    function_name: Option<String>,
}

impl FunctionMetrics {
    /// The metrics of the function that this process is (`AWS_LAMBDA_FUNCTION_NAME`).
    pub fn new(environment: &Environment<'_>) -> Self {
        Self { function_name: environment.text("AWS_LAMBDA_FUNCTION_NAME") }
    }

    /// Writes a count to standard output, from where CloudWatch takes it.
    pub fn count(&self, name: &str, count: usize) {
        let Some(function_name) = &self.function_name else { return };
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let metrics = json!([{"Namespace": METRIC_NAMESPACE, "Dimensions": [["FunctionName"]],
            "Metrics": [{"Name": name, "Unit": "Count"}]}]);
        let timestamp = u64::try_from(time.as_millis()).unwrap_or_default();
        let line = json!({"_aws": {"Timestamp": timestamp, "CloudWatchMetrics": metrics}, "FunctionName": function_name,
            name: count});
        if let Err(error) = writeln!(std::io::stdout().lock(), "{line}") {
            tracing::error!("the metric {name} could not be written: {error}");
        }
    }
}
