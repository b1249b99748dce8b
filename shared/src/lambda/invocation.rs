//! What a function is invoked with.

use lambda_runtime::LambdaEvent;
use serde_json::Value;
use tracing::Span;

use crate::aws::clock;
use crate::deadline::Deadline;
use crate::error::Failure;
use crate::lambda::continuation::{Message, messages};
use crate::lambda::run::Run;
use crate::model::account::AccountId;

/// One invocation.
#[derive(Debug)]
pub struct Invocation {
    /// Why the function was invoked.
    pub cause: Cause,
    /// The run that begins with this invocation. Continuations belong to runs of their own.
    pub run: Run,
    /// When it must end.
    pub deadline: Deadline,
    /// The id by which Lambda names the invocation.
    pub request_id: String,
    /// The account that the function is in.
    account: Option<AccountId>,
}

/// Why a function was invoked.
#[derive(Debug, PartialEq)]
pub enum Cause {
    /// By an event, or by a payload of whatever else: the function reads it.
    Event(Value),
    /// By a schedule, or by somebody who asks for what the schedule does.
    Schedule,
    /// By messages of the function's own queue.
    Continuations(Vec<Message>),
}

impl Invocation {
    /// Reads what Lambda gives.
    pub fn new(event: LambdaEvent<Value>) -> Self {
        let LambdaEvent { payload, context } = event;
        clock::restart();
        let run = Run::begun_by(&payload, &context);
        // arn:aws:lambda:us-east-1:222222222222:function:name
        let account = context.invoked_function_arn.split(':').nth(4).and_then(|id| id.parse().ok());
        let deadline = Deadline::of(&context);
        Self { cause: Cause::of(payload), run, deadline, request_id: context.request_id, account }
    }

    /// The account that the function is in, and that its calls are made from.
    ///
    /// # Errors
    /// Lambda did not name it.
    pub fn account(&self) -> Result<AccountId, Failure> {
        self.account.ok_or(Failure::UnknownFunctionAccount)
    }

    /// The runs that the invocation works on, each once.
    pub fn runs(&self) -> Vec<&Run> {
        let Cause::Continuations(messages) = &self.cause else { return vec![&self.run] };
        let mut runs: Vec<&Run> = Vec::new();
        for continuation in messages.iter().flat_map(|message| &message.continuation) {
            if runs.iter().all(|run| run.correlation != continuation.run.correlation) {
                runs.push(&continuation.run);
            }
        }
        runs
    }

    /// The event that the function was invoked with; null where it was not.
    pub fn event(&self) -> &Value {
        match &self.cause {
            Cause::Event(payload) => payload,
            Cause::Schedule | Cause::Continuations(_) => &Value::Null,
        }
    }

    /// The ids of the messages that it is for.
    pub fn message_ids(&self) -> Vec<String> {
        match &self.cause {
            Cause::Continuations(messages) => messages.iter().map(|message| message.id.clone()).collect(),
            Cause::Event(_) | Cause::Schedule => Vec::new(),
        }
    }

    /// The span of a run's log lines.
    pub fn span(&self, run: &Run) -> Span {
        tracing::info_span!("run", correlation.id = run.correlation, request.id = self.request_id)
    }
}

impl Cause {
    fn of(payload: Value) -> Self {
        if let Some(messages) = messages(&payload) {
            return Self::Continuations(messages);
        }
        let is_schedule = payload.get("scheduledTime").is_some() && payload.get("detail").is_none();
        match &payload {
            Value::Null => Self::Schedule,
            Value::Object(fields) if fields.is_empty() || is_schedule => Self::Schedule,
            _ => Self::Event(payload),
        }
    }
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;
    use serde_json::json;

    use super::*;

    fn invocation(payload: Value) -> Invocation {
        Invocation::new(LambdaEvent { payload, context: Context::default() })
    }

    #[test]
    fn an_event_gives_its_own_time_and_id() {
        let event = json!({"id": "e1", "time": "1970-01-01T00:01:00Z"});
        let invocation = invocation(event.clone());
        assert_eq!((invocation.run.time().secs(), invocation.run.correlation.as_str()), (60, "e1"));
        assert_eq!(invocation.cause, Cause::Event(event));
    }

    #[test]
    fn a_schedule_gives_its_time() {
        let invocation = invocation(json!({"scheduledTime": "1970-01-01T00:01:00Z"}));
        assert_eq!((invocation.run.time().secs(), &invocation.cause), (60, &Cause::Schedule));
        for payload in [json!({}), json!(null)] {
            assert_eq!(self::invocation(payload).cause, Cause::Schedule);
        }
    }

    #[test]
    fn a_batch_has_the_runs_of_its_continuations_each_once() {
        let record = |correlation: &str, region: &str| {
            let body = json!({"region": region, "time": "2026-01-05T09:00:00Z", "correlation": correlation});
            json!({"messageId": "m", "body": body.to_string(), "eventSource": "aws:sqs"})
        };
        let records = [record("a", "us-east-1"), record("b", "us-east-1"), record("a", "eu-west-1")];
        let invocation = invocation(json!({ "Records": records }));
        let runs: Vec<&str> = invocation.runs().iter().map(|run| run.correlation.as_str()).collect();
        assert_eq!(runs, ["a", "b"]);
        assert_eq!(invocation.message_ids().len(), 3);
    }
}
