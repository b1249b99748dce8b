//! Queues, and the event source mappings that Lambda polls them for.

use chrono::TimeDelta;
use detective_emulator::QueueSettings;
use serde_json::Value;

use super::deployment::{Deployment, EventSource};
use super::properties::{number, text, unknown};
use crate::error::Error;

/// The settings of `AWS::SQS::Queue`.
pub(super) fn queue(properties: &Value) -> QueueSettings {
    let default = QueueSettings::default();
    let seconds = |property: &str| number(&properties[property]).and_then(|seconds| seconds.try_into().ok());
    let redrive = &properties["RedrivePolicy"];
    QueueSettings {
        visibility: seconds("VisibilityTimeout").map_or(default.visibility, TimeDelta::seconds),
        retention: seconds("MessageRetentionPeriod").map_or(default.retention, TimeDelta::seconds),
        delay: seconds("DelaySeconds").map_or(default.delay, TimeDelta::seconds),
        redrive: text(&redrive["deadLetterTargetArn"])
            .zip(number(&redrive["maxReceiveCount"]).and_then(|count| count.try_into().ok()))
            .map(|(target, count)| (count, target)),
        largest: number(&properties["MaximumMessageSize"])
            .and_then(|bytes| bytes.try_into().ok())
            .unwrap_or(default.largest),
    }
}

/// Lambda begins with so many batches at once, and adds more over minutes, which is not emulated.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const FIRST_CONCURRENCY: u64 = 5;

/// Adds the mapping of a function's SQS event.
pub(super) fn read_event(
    function: &str,
    properties: &Value,
    place: &str,
    deployment: &mut Deployment,
) -> Result<(), Error> {
    let queue = text(&properties["Queue"]).ok_or_else(|| unknown(place, "it names no Queue"))?;
    if !properties["FilterCriteria"].is_null() {
        return Err(unknown(&format!("{place}.FilterCriteria"), "it is not understood here"));
    }
    let types = properties["FunctionResponseTypes"].as_array();
    let batch_size = number(&properties["BatchSize"]).unwrap_or(10);
    let window = number(&properties["MaximumBatchingWindowInSeconds"]).and_then(|window| window.try_into().ok());
    let concurrency = number(&properties["ScalingConfig"]["MaximumConcurrency"]).unwrap_or(FIRST_CONCURRENCY);
    deployment.sources.push(EventSource {
        queue,
        function: function.to_owned(),
        batch_size: usize::try_from(batch_size).unwrap_or(10),
        window: TimeDelta::seconds(window.unwrap_or(0)),
        concurrency: usize::try_from(concurrency).unwrap_or(usize::MAX),
        partial: types.into_iter().flatten().any(|kind| kind == "ReportBatchItemFailures"),
        enabled: properties["Enabled"] != false && properties["Enabled"] != "false",
    });
    Ok(())
}
