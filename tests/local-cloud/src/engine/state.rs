//! The state of the engine: what is deployed, what waits, and what has happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use detective_emulator::{Cloud, InvocationAnswer, InvocationResult};
use serde_json::Value;

use super::lineage::Lineage;
use crate::lambda::InvocationRecord;
use crate::stack::{Deployment, EventSource, Function, Stack};
use crate::timeline::{DeadLetter, Entry, What};

/// An invocation that waits for its time.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// When Lambda accepted the event.
    pub(crate) accepted: DateTime<Utc>,
    /// The function.
    pub(crate) function: Arc<Function>,
    /// The request id.
    pub(crate) request_id: String,
    /// What the function gets.
    pub(crate) event: Value,
    /// 1 for the first attempt.
    pub(crate) attempt: u32,
    /// Where the event comes from.
    pub(crate) source: Source,
    /// The invocations that led to it.
    pub(crate) lineage: Lineage,
}

/// Where the event of an invocation comes from, which decides what happens to one that fails.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A caller that waits for the answer.
    Caller,
    /// A caller of the emulated Lambda that waits for the answer, by the number of what it asked for.
    Invocation(u64),
    /// Lambda's own queue of asynchronous invocations.
    Asynchronous,
    /// A queue that Lambda polls.
    Queue(Batch),
}

/// The messages of an invocation: the queue, and each message's id and handle.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(super) queue: String,
    pub(super) messages: Vec<(String, String)>,
    pub(super) partial: bool,
}

/// A stack, since it was deployed.
pub(crate) struct Deployed {
    pub(crate) plan: Deployment,
    pub(crate) functions: Vec<Arc<Function>>,
    pub(crate) since: DateTime<Utc>,
}

/// Everything that is deployed or waits, and what has happened.
pub(crate) struct Engine {
    pub(super) cloud: Cloud,
    /// The largest event of an asynchronous invocation, in bytes.
    pub(super) largest_event: usize,
    pub(super) deployed: Vec<Deployed>,
    pub(super) pending: BTreeMap<(DateTime<Utc>, u64), Pending>,
    /// The functions whose invocations run now, and the queue that each works for.
    pub(super) running: Vec<(String, Option<String>)>,
    sequence: u64,
    pub(crate) timeline: Vec<Entry>,
    pub(crate) invocations: Vec<InvocationRecord>,
    pub(crate) dead_letters: Vec<DeadLetter>,
}

impl Engine {
    pub(crate) fn new(cloud: Cloud, largest_event: usize) -> Self {
        Self {
            cloud,
            largest_event,
            deployed: Vec::new(),
            pending: BTreeMap::new(),
            running: Vec::new(),
            sequence: 0,
            timeline: Vec::new(),
            invocations: Vec::new(),
            dead_letters: Vec::new(),
        }
    }

    /// Adds a stack, or replaces the one of that name.
    pub(crate) fn deploy(&mut self, mut plan: Deployment) {
        let functions = std::mem::take(&mut plan.functions).into_iter().map(Arc::new).collect();
        self.deployed.retain(|deployed| deployed.plan.target != plan.target);
        self.deployed.push(Deployed { plan, functions, since: self.cloud.now() });
    }

    /// The parameters of the stack that is deployed already where another one is to be.
    pub(crate) fn template_parameters(&self, stack: &Stack) -> BTreeMap<String, String> {
        let target = stack.target();
        let found = self.deployed.iter().find(|deployed| deployed.plan.target == target);
        found.map(|deployed| deployed.plan.template_parameters.clone()).unwrap_or_default()
    }

    /// The function of that name in an account: its name in the template, its own, or its binary's.
    pub(crate) fn function(&self, account: &str, name: &str) -> Option<Arc<Function>> {
        let of_account = self.functions().filter(|function| function.account == account);
        let named = |function: &&Arc<Function>| {
            [&function.logical_id, &function.name, &function.binary].iter().any(|own| *own == name)
        };
        of_account.into_iter().find(named).cloned()
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.deployed.iter().flat_map(|deployed| &deployed.functions)
    }

    pub(super) fn function_by_arn(&self, arn: &str) -> Option<Arc<Function>> {
        self.functions().find(|function| function.arn == arn).cloned()
    }

    /// The next request id. Ids are numbered, so that the same steps have the same ids.
    pub(crate) fn request_id(&mut self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.next())
    }

    /// The next number of a sequence: it orders what is due at the same time.
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Writes into the timeline.
    pub(crate) fn note(&mut self, account: &str, region: &str, what: What) {
        let sequence = self.timeline.len() as u64 + 1;
        let (account, region) = (account.to_owned(), region.to_owned());
        self.timeline.push(Entry { sequence, time: self.cloud.now(), account, region, what });
    }

    /// When the next waiting invocation is due, or the next batch of messages.
    pub(crate) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.pending.keys().next().map(|(due, _)| *due).into_iter().chain(self.next_poll()).min()
    }

    /// Whether an invocation with one of these request ids waits.
    pub(crate) fn waits_for(&self, request_ids: &[String]) -> bool {
        self.pending.values().any(|pending| request_ids.contains(&pending.request_id))
    }

    /// Up to `most` invocations that are due, in the order of their times, as far as their functions' reserved concurrency
    /// allows. They run until [`Engine::ended`].
    pub(crate) fn take_due(&mut self, most: usize) -> Vec<Pending> {
        let now = self.cloud.now();
        let due: Vec<_> = self.pending.keys().take_while(|(due, _)| *due <= now).copied().collect();
        let mut taken = Vec::new();
        for key in due {
            if taken.len() >= most {
                break;
            }
            let function = &self.pending[&key].function;
            let running = self.running.iter().filter(|(running, _)| *running == function.arn).count();
            if function.reserved.is_none_or(|reserved| running < reserved) {
                let pending = self.pending.remove(&key);
                self.running.extend(pending.iter().map(Pending::place));
                taken.extend(pending);
            } else if let Source::Queue(batch) = &self.pending[&key].source {
                // An event source mapping does not know reserved concurrency: its messages wait until they are visible again.
                let throttled = What::Throttled { function: function.logical_id.clone(), queue: batch.queue.clone() };
                let (account, region) = (function.account.clone(), function.region.clone());
                self.note(&account, &region, throttled);
                self.pending.remove(&key);
            } else if let Source::Invocation(number) = self.pending[&key].source {
                let request_id = self.pending.remove(&key).map(|pending| pending.request_id).unwrap_or_default();
                let answer = InvocationAnswer { request_id, result: InvocationResult::Throttled, log: Vec::new() };
                self.cloud.answer_invocation(number, answer);
            }
            // Others wait in Lambda's own queue.
        }
        taken
    }

    /// An invocation that was taken has ended.
    pub(crate) fn ended(&mut self, pending: &Pending) {
        let place = pending.place();
        if let Some(index) = self.running.iter().position(|running| *running == place) {
            self.running.swap_remove(index);
        }
    }
}

impl Pending {
    /// Its function, and the queue that it is for.
    fn place(&self) -> (String, Option<String>) {
        let queue = match &self.source {
            Source::Queue(batch) => Some(batch.queue.clone()),
            Source::Caller | Source::Asynchronous | Source::Invocation(_) => None,
        };
        (self.function.arn.clone(), queue)
    }

    /// Whether it is a batch of that mapping.
    pub(super) fn is_of(&self, source: &EventSource) -> bool {
        self.place() == (source.function.clone(), Some(source.queue.clone()))
    }
}
