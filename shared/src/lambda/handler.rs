//! Runs a handler under Lambda: logs, configuration errors, and how a failed run is answered.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;
use tracing_subscriber::filter::LevelFilter;

use crate::config;
use crate::environment::{ConfigError, Environment};
use crate::lambda::invocation::{Cause, Invocation};
use crate::report::Report;
use crate::report::metric::FunctionMetrics;

/// The size of a response, as JSON. Lambda takes six megabytes, and nobody reads them.
const MAX_RESPONSE: usize = 190_000;

/// The size of a report in an error: with the event beside it, a dead letter has to fit into a message of SQS, which took
/// 256 KB for long. Half of it is for the quotes, which an error escapes.
const MAX_ERROR: usize = 90_000;

/// Why an invocation failed, as Lambda shows it.
#[derive(thiserror::Error)]
pub enum InvocationError {
    /// The function cannot work as it is configured. No invocation changes anything.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// Some account or Region failed; the rest is done. The message ends with the report.
    #[error("{sentence} Report: {report}")]
    Incomplete {
        /// What failed, in one sentence.
        sentence: String,
        /// The report as JSON.
        report: String,
    },
}

/// The runtime logs this. The report is in the lines before, and in the message.
impl fmt::Debug for InvocationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(error) => write!(formatter, "{error}"),
            Self::Incomplete { sentence, .. } => formatter.write_str(sentence),
        }
    }
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match &error {
            InvocationError::Configuration(_) => "ConfigurationError",
            InvocationError::Incomplete { .. } => "RunIncomplete",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// Sets up JSON logs on standard output, from `LOG_LEVEL` on (error, warn, info, debug; default info).
///
/// # Errors
/// `LOG_LEVEL` is something else.
fn init_logs(environment: &Environment<'_>) -> Result<(), ConfigError> {
    let level = environment.parsed("LOG_LEVEL", LevelFilter::INFO, "one of error, warn, info and debug");
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level.clone().unwrap_or(LevelFilter::INFO))
        .init();
    level.map(|_| ())
}

/// Answers invocations with `handle` until Lambda stops the process.
///
/// `init` makes what `handle` works with, once, from the environment and before the first invocation. If it cannot, every
/// invocation fails with the reason, where Lambda's caller sees it.
///
/// # Errors
/// The Lambda Runtime API cannot be reached.
pub async fn run<C, I, F>(init: I, handle: F) -> Result<(), Error>
where
    I: FnOnce(&Environment<'_>) -> Result<C, ConfigError>,
    F: AsyncFn(&C, &Invocation) -> Report,
{
    let read = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        std::env::var(name).ok()
    };
    let environment = Environment::new(&lookup);
    let context = init_logs(&environment).and_then(|()| {
        let record = Record::new(&environment)?;
        Ok((init(&environment)?, record))
    });
    tracing::debug!(variables = %read.take().into_iter().collect::<Vec<_>>().join(","), "the settings were read");
    if let Err(error) = &context {
        tracing::error!("{error}");
    }
    let (context, handle) = (&context, &handle);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| {
        let (context, record) = context.as_ref().map_err(Clone::clone)?;
        let invocation = Invocation::new(event);
        // All log lines of a run have its correlation id, in this invocation and in those that continue it. Lines about
        // an invocation that works on several runs have none.
        let span = match &invocation.runs()[..] {
            [run] => invocation.span(run),
            _ => tracing::info_span!("invocation", request.id = invocation.request_id),
        };
        async { finish(&invocation, handle(context, &invocation).await, record) }.instrument(span).await
    }))
    .await
}

/// What is the same in all reports of a function.
struct Record {
    dry_run: bool,
    /// The bucket for coverage reports, if the function writes them.
    bucket: Option<String>,
    log_group: Option<String>,
    metrics: FunctionMetrics,
}

impl Record {
    fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            dry_run: config::dry_run(environment)?,
            bucket: environment.text("REPORT_BUCKET"),
            log_group: environment.text("AWS_LAMBDA_LOG_GROUP_NAME"),
            metrics: FunctionMetrics::new(environment),
        })
    }

    /// Where all accounts of a run are.
    fn place(&self, invocation: &Invocation) -> String {
        let log_group = self.log_group.as_deref().unwrap_or("the function");
        let logs = format!(
            "the log lines of {log_group} with span.request.id = {} have every account that is held, failed or changed",
            invocation.request_id
        );
        match self.bucket.as_deref().filter(|_| !self.dry_run) {
            Some(bucket) => {
                format!("{logs}; s3://{bucket}/coverage/<region>/ has every account of a Region that was finished")
            }
            None => logs,
        }
    }
}

/// The run's answer, of which all that is long is cut: the record of a run in which everything fails must not be too large to
/// be kept.
fn finish(invocation: &Invocation, mut report: Report, record: &Record) -> Result<Report, InvocationError> {
    let is_batch = matches!(invocation.cause, Cause::Messages(_));
    if let [run] = &invocation.runs()[..] {
        report.correlation = Some(run.correlation.clone());
    }
    report.dry_run = record.dry_run;
    // Alarms on silence count these: whoever may invoke the function can do so without anything to do.
    if !is_batch && report.is_of_a_run() {
        record.metrics.count("Runs", 1);
    }
    // What no alarm on errors tells any more is not out of sight.
    if report.remembers_failures {
        record.metrics.count("KnownFailures", report.totals.known_failures);
    }
    let mut report = report.shortened();
    let event_id = report.trigger.as_ref().and_then(|trigger| trigger.event_id.as_deref());
    if let Some(warning) = &report.warning {
        tracing::warn!(event.id = event_id, "{warning}");
    }
    match &report.ignored {
        Some(reason) => tracing::info!(event.id = event_id, "event ignored: {reason}"),
        None => report.log(&invocation.request_id),
    }
    let failure = report.failure();
    let fails = failure.is_some() && !is_batch;
    report.limit(if fails { MAX_ERROR } else { MAX_RESPONSE }, || record.place(invocation));
    match failure {
        None => Ok(report),
        // Messages that failed are retried, and go to the dead-letter queue in the end.
        Some(sentence) if is_batch => {
            tracing::error!("{sentence}");
            Ok(report)
        }
        Some(sentence) => {
            let report = serde_json::to_string(&report).unwrap_or_else(|error| format!("(not written: {error})"));
            Err(InvocationError::Incomplete { sentence, report })
        }
    }
}
