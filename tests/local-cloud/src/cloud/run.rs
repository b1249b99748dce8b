//! How time passes in the local cloud: until nothing is left to do, for a while, or by itself.

use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::local_cloud::LocalCloud;
use crate::engine::{Pending, Source};
use crate::lambda::{Invocation, InvocationRecord, LOG_STREAM, log_events};
use crate::stack::Function;

impl LocalCloud {
    /// Lets everything happen that follows from what has happened: events are delivered, invocations and their retries
    /// run, and virtual time passes while something is pending. Schedules do not fire.
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

    /// Lets everything happen that follows now, without letting time pass: beside what another caller runs at this time, as
    /// Lambda starts an instance beside another that is busy.
    pub async fn settle_now(&self) {
        self.run_due().await;
    }

    /// Lets virtual time pass: schedules fire when they are due, and everything else happens in its time too.
    pub async fn run_for(&self, time: TimeDelta) {
        let _turn = self.turn.lock().await;
        let mut now = self.cloud().now();
        let until = now + time;
        loop {
            self.run_due().await;
            let next = {
                let engine = self.engine();
                [engine.next_due(), self.cloud().next_change(), engine.next_fire(now)]
            };
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

    /// Keeps everything going while virtual time flows by itself. Never returns; drop it to stop.
    pub async fn flow(&self) {
        // Real time between two rounds: often enough for the eye.
        const PAUSE: Duration = Duration::from_millis(100);
        let mut fired_until = self.cloud().now();
        loop {
            {
                let _turn = self.turn.lock().await;
                self.cloud().advance_to(self.cloud().now());
                self.record_changes();
                self.engine().fire_due(fired_until);
                fired_until = self.cloud().now();
                self.run_due().await;
            }
            let _ = tokio::time::timeout(PAUSE, self.cloud().changed()).await;
        }
    }

    fn pass_to(&self, time: DateTime<Utc>) {
        self.cloud().advance_to(time);
        self.record_changes();
    }

    /// Runs everything that is due now, and whatever follows from it now.
    async fn run_due(&self) {
        let mut running = FuturesUnordered::new();
        loop {
            let free = self.options.concurrency.max(1) - running.len();
            let due = {
                let mut engine = self.engine();
                engine.deliver_events();
                engine.poll_queues();
                engine.take_invocations();
                engine.take_due(free)
            };
            let taken = due.len();
            running.extend(due.into_iter().map(async |pending| {
                let record = self.attempt(&pending).await;
                (pending, record)
            }));
            if (1..free).contains(&taken) {
                // There may be another batch, which is worked on beside these.
                continue;
            }
            let Some((pending, record)) = running.next().await else { return };
            self.finish(pending, record);
            self.record_changes();
        }
    }

    fn finish(&self, pending: Pending, record: InvocationRecord) {
        let mut engine = self.engine();
        let outcome = record.outcome.clone();
        engine.ended(&pending);
        if let Source::Invocation(number) = pending.source {
            engine.answer(number, &pending.function, &record);
        }
        engine.ran(record);
        match (&pending.source, outcome) {
            (Source::Queue(batch), outcome) => engine.consumed(batch, outcome.as_ref().ok()),
            (Source::Asynchronous, Err(error)) => engine.failed(pending, &error),
            (Source::Asynchronous | Source::Caller | Source::Invocation(_), _) => {}
        }
    }

    pub(crate) async fn attempt(&self, pending: &Pending) -> InvocationRecord {
        let function: &Function = &pending.function;
        let time = self.cloud().now();
        self.engine().check_logging(function);
        let lineage = pending.lineage.with(&function.arn).to_string();
        let work = Invocation { request_id: &pending.request_id, event: &pending.event, lineage: &lineage };
        let attempt = self.pool.run(function, &work).await;
        let record = InvocationRecord {
            request_id: pending.request_id.clone(),
            function: function.logical_id.clone(),
            account: function.account.clone(),
            region: function.region.clone(),
            time,
            event: pending.event.clone(),
            attempt: pending.attempt,
            outcome: attempt.outcome,
            log: attempt.log,
            output: attempt.output.into(),
            peak_memory: attempt.peak_memory,
            duration: attempt.duration,
        };
        let group = (function.account.as_str(), function.region.as_str(), function.log_group.as_str());
        self.cloud().write_log(group, LOG_STREAM, self.cloud().now(), log_events(function, &record));
        record
    }

    /// Records in the timeline what has changed in the emulated cloud.
    pub(crate) fn record_changes(&self) {
        let changes = self.watch.lock().unwrap_or_else(PoisonError::into_inner).changes(self.cloud());
        let mut engine = self.engine();
        for (account, region, what) in changes {
            engine.note(&account, &region, what);
        }
    }
}
