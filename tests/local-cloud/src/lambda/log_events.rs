//! What CloudWatch Logs gets of an invocation: the function's lines between Lambda's own.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html>

use bytes::Bytes;

use super::limits::LOG_EVENT;
use super::record::InvocationRecord;
use crate::stack::Function;

/// The name of the log stream. At AWS, each instance has its own.
pub(crate) const LOG_STREAM: &str = "2026/01/01/[$LATEST]00000000000000000000000000000000";

/// The log events, one for each line. What is longer than an event may be is cut.
pub(crate) fn log_events(function: &Function, record: &InvocationRecord) -> Vec<Bytes> {
    let InvocationRecord { request_id, output, outcome, duration, peak_memory, .. } = record;
    let mut events = vec![Bytes::from(format!("START RequestId: {request_id} Version: $LATEST"))];
    let lines = output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    events.extend(lines.map(|line| output.slice_ref(&line[..line.len().min(LOG_EVENT)])));
    if let Err(error) = outcome
        && ["Runtime.", "Sandbox."].iter().any(|of_lambda| error.error_type.starts_with(of_lambda))
    {
        events.push(Bytes::from(error.error_message.clone()));
    }
    events.push(Bytes::from(format!("END RequestId: {request_id}")));
    let (spent, memory) = (duration.as_secs_f64() * 1000.0, peak_memory.unwrap_or_default() >> 20);
    events.push(Bytes::from(format!(
        "REPORT RequestId: {request_id}\tDuration: {spent:.2} ms\tBilled Duration: {:.0} ms\tMemory Size: {} MB\tMax Memory Used: \
         {memory} MB\t",
        spent.ceil(),
        function.memory
    )));
    events
}
