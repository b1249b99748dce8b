//! What deployed stacks have that other services list: functions, schedules, logs; and invocations that callers ask for.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::cloud::handle::Cloud;
use crate::resources::stack::StackDescription;
use crate::world::invocations::{InvocationAnswer, InvocationRequest};

/// What Lambda leaves for functions without reserved concurrency, whatever others reserve.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>
const UNRESERVED: u64 = 100;

impl Cloud {
    /// Makes a stack, or updates the one of that name: what services list of it, and the log groups of its functions.
    ///
    /// # Errors
    /// Lambda refuses the reserved concurrency of its functions: a sentence.
    pub fn put_stack(&self, stack: StackDescription) -> Result<(), String> {
        let mut state = self.lock();
        let now = state.now();
        let StackDescription { account, region, name, functions, .. } = &stack;
        let mut left = state.stacks.unreserved(account, region, Some(name));
        for function in functions {
            let Some(reserved) = function.reserved else { continue };
            // Of an account with a smaller quota, nothing can be reserved.
            left = left.checked_sub(reserved).filter(|left| *left >= UNRESERVED).ok_or_else(|| {
                format!(
                    "Specified ReservedConcurrentExecutions for function {} decreases account's UnreservedConcurrentExecution \
                     below its minimum value of [{UNRESERVED}].",
                    function.name
                )
            })?;
        }
        for function in functions {
            state.logs.put((account.clone(), region.clone(), function.log_group.clone()), now);
        }
        state.stacks.put(stack, now);
        Ok(())
    }

    /// A stack of an account in a Region, as it is deployed.
    pub fn stack(&self, account: &str, region: &str, name: &str) -> Option<StackDescription> {
        let state = self.lock();
        let found = state.stacks.of(account, region).find(|stack| stack.description.name == name);
        found.map(|stack| stack.description.clone())
    }

    /// Writes lines to a log group of an account and Region.
    pub fn write_log(&self, group: (&str, &str, &str), stream: &str, time: DateTime<Utc>, lines: Vec<Bytes>) {
        let (account, region, name) = group;
        let mut state = self.lock();
        let now = state.now();
        let key = (account.to_owned(), region.to_owned(), name.to_owned());
        state.logs.put(key, now).write(time, stream, lines);
    }

    /// Takes the invocations that callers of Lambda asked for since the last call, oldest first. Each is to be answered.
    pub fn take_invocations(&self) -> Vec<InvocationRequest> {
        self.lock().invocations.take()
    }

    /// Answers an invocation.
    pub fn answer_invocation(&self, number: u64, answer: InvocationAnswer) {
        self.lock().invocations.answer(number, answer);
    }
}
