//! Runs a handler under Lambda: logs, configuration errors, and how a failed run is answered.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;
use tracing_subscriber::filter::LevelFilter;

use crate::environment::{ConfigError, Environment};
use crate::lambda::invocation::{Cause, Invocation};
use crate::report::Report;

/// Why an invocation failed, as Lambda shows it.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The function cannot work as it is configured. No invocation changes anything.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// Some account or Region failed; the rest is done. The message ends with the whole report.
    #[error("{sentence} Report: {report}")]
    Incomplete {
        /// What failed, in one sentence.
        sentence: String,
        /// The report as JSON.
        report: String,
    },
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
    let environment = Environment::of_process();
    let context = init_logs(&environment).and_then(|()| init(&environment));
    if let Err(error) = &context {
        tracing::error!("{error}");
    }
    let (context, handle) = (&context, &handle);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| {
        let context = context.as_ref().map_err(Clone::clone)?;
        let invocation = Invocation::new(event);
        // All log lines of a run have its correlation id, in this invocation and in those that continue it. Lines about
        // an invocation that works on several runs have none.
        let span = match invocation.runs()[..] {
            [run] => invocation.span(run),
            _ => tracing::info_span!("invocation", request.id = invocation.request_id),
        };
        async { finish(&invocation, handle(context, &invocation).await) }.instrument(span).await
    }))
    .await
}

fn finish(invocation: &Invocation, mut report: Report) -> Result<Report, InvocationError> {
    let is_batch = matches!(invocation.cause, Cause::Continuations(_));
    if let [run] = invocation.runs()[..] {
        report.correlation = Some(run.correlation.clone());
    }
    let event_id = report.trigger.as_ref().and_then(|trigger| trigger.event_id.as_deref());
    if let Some(warning) = &report.warning {
        tracing::warn!(event.id = event_id, "{warning}");
    }
    match &report.ignored {
        Some(reason) => tracing::info!(event.id = event_id, "event ignored: {reason}"),
        None => report.log(&invocation.request_id),
    }
    match report.failure() {
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
