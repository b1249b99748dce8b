//! Invocations that callers of the emulated Lambda ask for.

use detective_emulator::{InvocationAnswer, InvocationRequest, InvocationResult};
use serde_json::json;

use super::lineage::Lineage;
use super::state::{Engine, Pending, Source};
use crate::lambda::{InvocationRecord, log_events};
use crate::stack::Function;

impl Engine {
    /// Accepts what callers have asked for since the last time.
    pub(crate) fn take_invocations(&mut self) {
        for request in self.cloud.take_invocations() {
            let InvocationRequest { number, function, event, is_asynchronous } = request;
            // Whoever asked got an error if there is no such function.
            let Some(function) = self.function_by_arn(&function) else { continue };
            let request_id = self.request_id();
            if is_asynchronous {
                let result = match self.enqueue(function, event) {
                    Ok(()) => InvocationResult::Accepted,
                    Err(reason) => InvocationResult::TooLarge(reason),
                };
                self.cloud.answer_invocation(number, InvocationAnswer { request_id, result, log: Vec::new() });
                continue;
            }
            let accepted = self.cloud.now();
            let key = (accepted, self.next());
            let (source, lineage) = (Source::Invocation(number), Lineage::default());
            self.pending.insert(key, Pending { accepted, function, request_id, event, attempt: 1, source, lineage });
        }
    }

    /// Answers the caller of an invocation that has ended.
    pub(crate) fn answer(&self, number: u64, function: &Function, record: &InvocationRecord) {
        let result = match &record.outcome {
            Ok(response) => InvocationResult::Response(response.clone()),
            Err(error) => InvocationResult::Failed(json!(error)),
        };
        let log = log_events(function, record).join(&b'\n');
        let request_id = record.request_id.clone();
        self.cloud.answer_invocation(number, InvocationAnswer { request_id, result, log });
    }
}
