//! What a function remembers of failures: an alarm tells what is new, and is not kept on by what is known.

use std::rc::Rc;
use std::time::Duration;

use aws_config::SdkConfig;
use tokio::sync::Mutex;

use crate::aws::clock;
use crate::aws::failure_record::{FailureRecord, StoredFailures, Written};
use crate::aws::s3::Bucket;
use crate::deadline::Deadline;
use crate::error::{Failure, OutOfTime};
use crate::model::account::AccountId;
use crate::model::known_failures::KnownFailures;
use crate::model::region::Region;
use crate::report::region::RegionReport;

/// How long the bucket may take for a read, and for a write.
const SHARE: Duration = Duration::from_secs(10);

/// How often a record is read again that another invocation has written meanwhile.
const ATTEMPTS: usize = 3;

/// The failures that a function's runs have told.
#[derive(Debug)]
pub struct FailureMemory {
    function: &'static str,
    record: FailureRecord,
    /// What was read in this invocation, and only if something failed.
    read: Mutex<Option<Rc<Result<StoredFailures, Failure>>>>,
}

/// A failure of an account in a Region.
#[derive(Debug, Clone)]
pub struct Noted {
    /// The Region.
    pub region: Region,
    /// The account.
    pub id: AccountId,
    /// How it failed.
    pub way: String,
    /// The run that tells it, by the id that it has when it is tried again.
    pub run: String,
}

impl FailureMemory {
    pub(super) fn new(function: &'static str, config: SdkConfig, bucket: Bucket) -> Self {
        Self { function, record: FailureRecord::new(config, bucket), read: Mutex::default() }
    }

    /// Begins another invocation.
    pub(super) async fn restart(&self) {
        self.read.lock().await.take();
    }

    /// What earlier runs have told. Where it cannot be read, every failure is new.
    pub async fn known(&self, deadline: Deadline) -> KnownFailures {
        match self.stored(deadline).await.as_ref() {
            Ok(stored) => stored.known.clone(),
            Err(_) => KnownFailures::default(),
        }
    }

    async fn stored(&self, deadline: Deadline) -> Rc<Result<StoredFailures, Failure>> {
        let mut read = self.read.lock().await;
        match read.as_ref() {
            Some(stored) => Rc::clone(stored),
            None => Rc::clone(read.insert(Rc::new(self.read_now(deadline).await))),
        }
    }

    async fn read_now(&self, deadline: Deadline) -> Result<StoredFailures, Failure> {
        Ok(deadline.publish(SHARE, self.record.read(self.function)).await.ok_or(OutOfTime::Bucket)??)
    }

    /// Marks the failures of a Region that another run than this one has told.
    pub(super) async fn mark(&self, report: &mut RegionReport, run: &str, deadline: Deadline) {
        if report.failures().next().is_none() {
            return;
        }
        let (region, now) = (report.region.clone(), clock::now());
        if let Ok(stored) = self.stored(deadline).await.as_ref() {
            report.mark_known(|id, way| stored.known.since(&region, id, way, run, now));
        }
    }

    /// Records failures, which are known to other runs from now on. What nobody is told yet, because no alarm is on while messages
    /// are tried again, is left to the next whole run: of such failures those are recorded that are known already.
    ///
    /// # Errors
    /// Why some are new to the next run although they are not, as a sentence.
    pub(super) async fn remember(&self, failures: &[Noted], is_told: bool, deadline: Deadline) -> Result<(), String> {
        if failures.is_empty() {
            return Ok(());
        }
        match self.record_all(failures, is_told, deadline).await {
            Ok(None) => Ok(()),
            // Whoever wrote it may write it again.
            Ok(Some(problem)) => Err(format!("which failures are known was lost, and begins anew: {problem}")),
            Err(problem) => {
                Err(format!("which failures are known is not remembered, so that they fail the next run: {problem}"))
            }
        }
    }

    /// Returns why the record was lost, if it was.
    async fn record_all(
        &self,
        failures: &[Noted],
        is_told: bool,
        deadline: Deadline,
    ) -> Result<Option<String>, String> {
        let now = clock::now();
        for attempt in 0..ATTEMPTS {
            let stored = match attempt {
                0 => self.stored(deadline).await,
                _ => Rc::new(self.read_now(deadline).await),
            };
            let stored = stored.as_ref().as_ref().map_err(Failure::to_string)?;
            let mut known = stored.known.clone().going_on(now);
            for Noted { region, id, way, run } in failures {
                if is_told || stored.known.since(region, *id, way, run, now).is_some() {
                    known.note(region, *id, way, run, now);
                }
            }
            if known == stored.known {
                return Ok(stored.problem.clone());
            }
            let write = deadline.publish(SHARE, self.record.write(self.function, stored, &known)).await;
            match write.ok_or(Failure::from(OutOfTime::Bucket)).and_then(|written| written.map_err(Failure::from)) {
                Ok(Written::Whole) => return Ok(stored.problem.clone()),
                Ok(Written::Overtaken) => {}
                Ok(Written::TooLong) => {
                    return Err("so much fails that the list of it would be longer than a megabyte".to_owned());
                }
                Err(failure) => return Err(failure.to_string()),
            }
        }
        Err("other invocations wrote at the same time".to_owned())
    }
}

/// The failures of a Region, in a run of this id.
pub(super) fn noted(report: &RegionReport, run: &str) -> impl Iterator<Item = Noted> {
    report.failures().map(|(id, way)| Noted {
        region: report.region.clone(),
        id,
        way: way.to_owned(),
        run: run.to_owned(),
    })
}
