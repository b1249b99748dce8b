//! What Lambda and CloudWatch Logs take: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.

/// The largest response, and the largest error, in bytes.
pub(super) const RESPONSE: usize = 6_291_556;

/// The largest event of an asynchronous invocation, in bytes. Until 2025 it was 256 KB.
pub(crate) const ASYNCHRONOUS_EVENT: usize = 1024 * 1024;

/// The largest log event, in bytes. What is longer is cut, and is no JSON any more.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
pub(super) const LOG_EVENT: usize = 1024 * 1024;
