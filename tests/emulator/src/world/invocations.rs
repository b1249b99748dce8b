//! Invocations of functions that callers asked for, until whoever runs functions has answered them.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use tokio::sync::oneshot;

/// An invocation that a caller of Lambda asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct InvocationRequest {
    /// Its number, by which it is answered.
    pub number: u64,
    /// The function's ARN.
    pub function: String,
    /// What the function is to get.
    pub event: Value,
    /// Whether the caller does not wait for the result.
    pub is_asynchronous: bool,
}

/// What became of an invocation.
#[derive(Debug)]
pub enum InvocationResult {
    /// It will be run: the answer to a caller that does not wait.
    Accepted,
    /// The function ended with a response.
    Response(Value),
    /// The function failed with an error, which has its type and its message.
    Failed(Value),
    /// The function runs as often as its reserved concurrency allows.
    Throttled,
    /// The event is too large: a sentence.
    TooLarge(String),
}

/// The answer to an invocation.
#[derive(Debug)]
pub struct InvocationAnswer {
    /// The request id that the function had.
    pub request_id: String,
    /// What became of it.
    pub result: InvocationResult,
    /// What the function wrote.
    pub log: Vec<u8>,
}

/// The invocations that wait.
#[derive(Debug, Default)]
pub(crate) struct Invocations {
    count: u64,
    asked: VecDeque<InvocationRequest>,
    callers: BTreeMap<u64, oneshot::Sender<InvocationAnswer>>,
}

impl Invocations {
    /// Asks for an invocation. Its answer comes where that is given.
    pub(crate) fn ask(
        &mut self,
        function: &str,
        event: Value,
        is_asynchronous: bool,
    ) -> oneshot::Receiver<InvocationAnswer> {
        self.count += 1;
        let (caller, answer) = oneshot::channel();
        self.callers.insert(self.count, caller);
        let function = function.to_owned();
        self.asked.push_back(InvocationRequest { number: self.count, function, event, is_asynchronous });
        answer
    }

    /// Takes what was asked for, oldest first.
    pub(crate) fn take(&mut self) -> Vec<InvocationRequest> {
        self.asked.drain(..).collect()
    }

    /// Answers the caller, if it still waits.
    pub(crate) fn answer(&mut self, number: u64, answer: InvocationAnswer) {
        if let Some(caller) = self.callers.remove(&number) {
            // A caller that is gone needs no answer.
            let _ = caller.send(answer);
        }
    }
}
