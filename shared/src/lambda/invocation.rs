//! What a function is invoked with.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tracing::Span;

use crate::aws::clock;
use crate::deadline::Deadline;
use crate::error::Failure;
use crate::lambda::continuation::Continuation;
use crate::lambda::message::{Message, messages};
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
    /// By messages of a queue: continuations of its own runs, or events.
    Messages(Vec<Message>),
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

    /// The invocation of somebody who runs the function's code without Lambda, with credentials of `account`, as its schedule
    /// would. It has as much time as it needs.
    pub fn by_hand(account: AccountId) -> Self {
        const LONG: Duration = Duration::from_secs(30 * 86_400);
        let end = (SystemTime::now() + LONG).duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut context = Context::default();
        context.deadline = end.as_millis().try_into().unwrap_or(u64::MAX);
        let invocation = Self::new(LambdaEvent { payload: Value::Null, context });
        Self { account: Some(account), ..invocation }
    }

    /// The account that the function is in, and that its calls are made from.
    ///
    /// # Errors
    /// Lambda did not name it.
    pub fn account(&self) -> Result<AccountId, Failure> {
        self.account.ok_or(Failure::UnknownFunctionAccount)
    }

    /// The runs that the invocation works on, each once: those of its continuations, or else its own.
    pub fn runs(&self) -> Vec<Run> {
        let Cause::Messages(messages) = &self.cause else { return vec![self.run.clone()] };
        let mut runs: Vec<Run> = Vec::new();
        for continuation in messages.iter().flat_map(Continuation::of) {
            if runs.iter().all(|run| run.correlation != continuation.run.correlation) {
                runs.push(continuation.run);
            }
        }
        if runs.is_empty() {
            runs.push(self.run.clone());
        }
        runs
    }

    /// The event that the function was invoked with; null where it was not.
    pub fn event(&self) -> &Value {
        match &self.cause {
            Cause::Event(payload) => payload,
            Cause::Schedule | Cause::Messages(_) => &Value::Null,
        }
    }

    /// The ids of the messages that it is for.
    pub fn message_ids(&self) -> Vec<String> {
        match &self.cause {
            Cause::Messages(messages) => messages.iter().map(|message| message.id.clone()).collect(),
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
            return Self::Messages(messages);
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
        let runs: Vec<String> = invocation.runs().into_iter().map(|run| run.correlation).collect();
        assert_eq!(runs, ["a", "b"]);
        assert_eq!(invocation.message_ids().len(), 3);
    }
}
