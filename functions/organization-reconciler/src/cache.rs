//! The organization as it was read, kept for the next invocation of the same run: Lambda reuses an instance. A new instance
//! reads it again.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use aws_sdk_organizations::Client;
use detective_onboarding::aws::organization_reader::Reading;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::CallError;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::model::organization::ObservedOrganization;
use detective_onboarding::model::policy::Policy;
use tokio::sync::Mutex;

/// For so long an organization that was read to its end is not read again in a run that continues.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// Two runs may continue in turn: neither is to lose what the other leaves.
const CAPACITY: usize = 2;

/// What is kept between invocations, the run that was used last at the end.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Vec<Entry>>);

#[derive(Debug)]
struct Entry {
    correlation: String,
    policy: Policy,
    read: Read,
}

#[derive(Debug)]
enum Read {
    InPart(Reading),
    All(Rc<ObservedOrganization>, SystemTime),
}

impl Cache {
    /// The organization, read on from where an earlier invocation of the run stopped; `None` if time is up before all is
    /// read.
    ///
    /// # Errors
    /// The first call's error.
    pub(crate) async fn read(
        &self,
        client: &Client,
        policy: &Policy,
        run: &Run,
        deadline: Deadline,
    ) -> Result<Option<Rc<ObservedOrganization>>, CallError> {
        let mut entries = self.0.lock().await;
        let index = entries.iter().position(|entry| entry.correlation == run.correlation);
        let kept = index.map(|index| entries.remove(index));
        let kept = kept.filter(|entry| entry.policy == *policy && !entry.read.is_old());
        let new = || Entry {
            correlation: run.correlation.clone(),
            policy: policy.clone(),
            read: Read::InPart(Reading::default()),
        };
        // A run that had no time to read anything must not displace one that had.
        entries.retain(|entry| !entry.read.is_empty());
        let surplus = (entries.len() + 1).saturating_sub(CAPACITY);
        entries.drain(..surplus);
        entries.push(kept.unwrap_or_else(new));
        // It is read where it is kept: a read that is given up leaves what was read before it.
        entries.last_mut().expect("an entry was pushed").read_on(client, deadline).await
    }

    /// Drops the run's organization if it was read to its end. What is read in part is of use if Lambda repeats the run.
    pub(crate) async fn drop_complete(&self, run: &Run) {
        let mut entries = self.0.lock().await;
        entries.retain(|entry| entry.correlation != run.correlation || matches!(entry.read, Read::InPart(_)));
    }
}

impl Entry {
    async fn read_on(
        &mut self,
        client: &Client,
        deadline: Deadline,
    ) -> Result<Option<Rc<ObservedOrganization>>, CallError> {
        let reading = match &mut self.read {
            Read::All(organization, _) => return Ok(Some(Rc::clone(organization))),
            Read::InPart(reading) => reading,
        };
        if !reading.read_on(client, &self.policy, deadline).await? {
            return Ok(None);
        }
        let organization = Rc::new(std::mem::take(reading).finish(&self.policy));
        self.read = Read::All(Rc::clone(&organization), SystemTime::now());
        Ok(Some(organization))
    }
}

impl Read {
    fn is_empty(&self) -> bool {
        matches!(self, Self::InPart(reading) if reading.is_empty())
    }

    fn is_old(&self) -> bool {
        matches!(self, Self::All(_, since) if since.elapsed().is_ok_and(|age| age >= MAX_AGE))
    }
}
