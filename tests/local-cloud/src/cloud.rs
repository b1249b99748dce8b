//! The local cloud: the emulated one, with stacks deployed in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use detective_emulator::{BusEvent, Cloud, Emulator};
use futures_util::future::join_all;
use serde_json::Value;

use crate::binaries;
use crate::engine::{Engine, Pending};
use crate::error::Error;
use crate::lambda::{FunctionError, InvocationRecord, Pool};
use crate::stack::{Function, Stack};
use crate::timeline::{DeadLetter, Entry};
use crate::watch::Watch;

/// How the local cloud runs things.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many invocations run at once. With more than one, calls of several functions mix.
    pub concurrency: usize,
    /// How long an invocation may take in real time, whatever its function's timeout is.
    pub limit: Duration,
    /// How far [`LocalCloud::settle`] goes in virtual time.
    pub horizon: TimeDelta,
    /// Whether the timeline says which accounts and memberships changed.
    pub watch: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { concurrency: 1, limit: Duration::from_secs(120), horizon: TimeDelta::hours(24), watch: false }
    }
}

/// The emulated cloud, and the stacks that are deployed in it. Everything stops when it is dropped.
pub struct LocalCloud {
    emulator: Emulator,
    engine: Mutex<Engine>,
    pool: Pool,
    options: Options,
    watch: Mutex<Watch>,
    /// Only one moves the story on at a time.
    turn: tokio::sync::Mutex<()>,
}

impl LocalCloud {
    /// Starts the emulated cloud on a free port.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(cloud: Cloud) -> Result<Self, Error> {
        Ok(Self::with(Emulator::start(cloud).await?, Options::default()))
    }

    /// A local cloud around an emulator that runs already.
    pub fn with(emulator: Emulator, options: Options) -> Self {
        let cloud = emulator.cloud().clone();
        let watch = Watch::new(&cloud, options.watch);
        Self {
            pool: Pool::new(emulator.endpoint_url(), options.limit),
            engine: Mutex::new(Engine::new(cloud)),
            emulator,
            options,
            watch: Mutex::new(watch),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The emulated cloud.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    fn cloud(&self) -> &Cloud {
        self.emulator.cloud()
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deploys a stack, or deploys it anew. Builds the binaries of its functions if they are not built yet.
    ///
    /// # Errors
    /// The template is wrong or not understood, a parameter is, or a binary cannot be built.
    #[expect(clippy::needless_pass_by_value, reason = "a stack is deployed and done with")]
    pub fn deploy(&self, stack: Stack) -> Result<(), Error> {
        let plan = stack.plan()?;
        let binaries: BTreeSet<String> = plan.functions.iter().map(|function| function.binary.clone()).collect();
        let binaries = if binaries.is_empty() { BTreeMap::new() } else { binaries::build(&binaries)? };
        self.pool.deploy(&plan.functions, binaries);
        self.engine().deploy(plan);
        Ok(())
    }

    /// Every function that is deployed: account, and name in the template.
    pub fn functions(&self) -> Vec<(String, String)> {
        self.engine().functions().map(|function| (function.account.clone(), function.logical_id.clone())).collect()
    }

    /// Puts an event on the default bus of an account and Region.
    pub fn put_event(&self, account: &str, region: &str, event: Value) {
        let (account, region) = (account.to_owned(), region.to_owned());
        self.cloud().put_event(BusEvent { account, region, bus: "default".to_owned(), event });
    }

    /// Lets everything happen that follows from what has happened: events are delivered, invocations and their retries
    /// run, and virtual time passes while something is still to come. Schedules do not fire.
    pub async fn settle(&self) {
        let _turn = self.turn.lock().await;
        let until = self.cloud().now() + self.options.horizon;
        loop {
            self.run_due().await;
            let next = [self.engine().next_due(), self.cloud().next_transition()].into_iter().flatten().min();
            match next {
                Some(at) if at <= until => self.pass_to(at),
                _ => return,
            }
        }
    }

    /// Lets virtual time pass: schedules fire when they are due, and everything else happens in its time too.
    pub async fn run_for(&self, time: TimeDelta) {
        let _turn = self.turn.lock().await;
        let mut now = self.cloud().now();
        let until = now + time;
        loop {
            self.run_due().await;
            let engine = self.engine();
            let next = [engine.next_due(), self.cloud().next_transition(), engine.next_fire(now)];
            drop(engine);
            let next = next.into_iter().flatten().min().unwrap_or(until).min(until);
            self.pass_to(next);
            self.engine().fire_due(now);
            now = self.cloud().now();
            if now >= until {
                self.run_due().await;
                return;
            }
        }
    }

    /// Fires a function's schedules now, and runs what they start to the end, with its retries. Gives every attempt.
    pub async fn tick(&self, account: &str, function: &str) -> Vec<InvocationRecord> {
        let _turn = self.turn.lock().await;
        let Some(function) = self.engine().function(account, function) else { return Vec::new() };
        let (started, first) = {
            let mut engine = self.engine();
            (engine.fire_schedules_of(&function.arn), engine.invocations.len())
        };
        loop {
            self.run_due().await;
            let due = self.engine().next_due();
            match due {
                Some(due) if self.engine().waits_for(&started) => {
                    self.pass_to(self.cloud().next_transition().map_or(due, |at| at.min(due)));
                }
                _ => break,
            }
        }
        let engine = self.engine();
        engine.invocations[first..].iter().filter(|run| started.contains(&run.request_id)).cloned().collect()
    }

    /// Invokes a function and waits for it; nothing is retried.
    pub async fn invoke(&self, account: &str, function: &str, event: Value) -> InvocationRecord {
        let found = self.engine().function(account, function);
        let request_id = self.engine().request_id();
        let accepted = self.cloud().now();
        match found {
            Some(function) => {
                let pending = Pending { accepted, function, request_id, event, attempt: 1 };
                let record = self.attempt(&pending).await;
                self.engine().ran(record.clone());
                self.look();
                record
            }
            None => InvocationRecord {
                request_id,
                function: function.to_owned(),
                account: account.to_owned(),
                region: String::new(),
                time: accepted,
                event,
                attempt: 1,
                outcome: Err(FunctionError {
                    error_type: "ResourceNotFoundException".to_owned(),
                    error_message: format!("account {account} has no function {function}"),
                }),
                log: Vec::new(),
                duration: Duration::ZERO,
            },
        }
    }

    /// What has happened.
    pub fn timeline(&self) -> Vec<Entry> {
        self.engine().timeline.clone()
    }

    /// What has happened after the first `seen` entries.
    pub fn timeline_since(&self, seen: usize) -> Vec<Entry> {
        self.engine().timeline.get(seen..).unwrap_or_default().to_vec()
    }

    /// Every attempt to run a function, in order.
    pub fn invocations(&self) -> Vec<InvocationRecord> {
        self.engine().invocations.clone()
    }

    /// Every message in a dead-letter queue, in order.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.engine().dead_letters.clone()
    }

    /// Keeps everything going while virtual time flows by itself. Never returns; drop it to stop.
    pub async fn flow(&self) {
        // Real time between two looks: often enough for the eye.
        const PAUSE: Duration = Duration::from_millis(100);
        let mut seen = self.cloud().now();
        loop {
            {
                let _turn = self.turn.lock().await;
                self.cloud().advance_to(self.cloud().now());
                self.look();
                let mut engine = self.engine();
                engine.fire_due(seen);
                seen = self.cloud().now();
                drop(engine);
                self.run_due().await;
            }
            let _ = tokio::time::timeout(PAUSE, self.cloud().changed()).await;
        }
    }

    fn pass_to(&self, time: DateTime<Utc>) {
        self.cloud().advance_to(time);
        self.look();
    }

    /// Runs everything that is due now, and whatever follows from it now.
    async fn run_due(&self) {
        loop {
            let due = {
                let mut engine = self.engine();
                engine.deliver_events();
                engine.take_due(self.options.concurrency.max(1))
            };
            if due.is_empty() {
                return;
            }
            let records = join_all(due.iter().map(|pending| self.attempt(pending))).await;
            let mut engine = self.engine();
            for (pending, record) in due.into_iter().zip(records) {
                let outcome = record.outcome.clone();
                engine.ran(record);
                if let Err(error) = outcome {
                    engine.failed(pending, &error);
                }
            }
            drop(engine);
            self.look();
        }
    }

    async fn attempt(&self, pending: &Pending) -> InvocationRecord {
        let function: &Function = &pending.function;
        let time = self.cloud().now();
        let attempt = self.pool.run(function, &pending.request_id, &pending.event).await;
        InvocationRecord {
            request_id: pending.request_id.clone(),
            function: function.logical_id.clone(),
            account: function.account.clone(),
            region: function.region.clone(),
            time,
            event: pending.event.clone(),
            attempt: pending.attempt,
            outcome: attempt.outcome,
            log: attempt.log,
            duration: attempt.duration,
        }
    }

    /// Puts what changed in the emulated cloud in the timeline.
    fn look(&self) {
        let changes = self.watch.lock().unwrap_or_else(PoisonError::into_inner).changes(self.cloud());
        let mut engine = self.engine();
        for (account, region, what) in changes {
            engine.note(&account, &region, what);
        }
    }
}
