//! What was read of the organization, kept for the next invocation of the same run: Lambda uses an instance again. An
//! instance that is new reads anew.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use aws_sdk_organizations::Client;
use detective_onboarding::error::CallError;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::policy::Policy;
use tokio::sync::Mutex;

use detective_onboarding::aws::organization_reader::Reading;

/// For so long an organization that was read to its end is not read again in a run that goes on.
const FRESH: Duration = Duration::from_secs(3600);

/// What is kept between invocations.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    correlation: String,
    policy: Policy,
    read: Read,
}

#[derive(Debug)]
enum Read {
    InPart(Reading),
    All(Rc<Organization>, SystemTime),
}

impl Cache {
    /// The organization, read on from where an earlier invocation of the run stopped; `None` if time is up before all is
    /// read.
    pub(crate) async fn read(
        &self,
        client: &Client,
        policy: &Policy,
        invocation: &Invocation,
    ) -> Result<Option<Rc<Organization>>, CallError> {
        let mut cache = self.0.lock().await;
        let correlation = &invocation.correlation;
        cache.take_if(|kept| kept.correlation != *correlation || kept.policy != *policy || kept.read.is_old());
        let new = || Kept {
            correlation: correlation.clone(),
            policy: policy.clone(),
            read: Read::InPart(Reading::default()),
        };
        let kept = cache.get_or_insert_with(new);
        let reading = match &mut kept.read {
            Read::All(organization, _) => return Ok(Some(Rc::clone(organization))),
            Read::InPart(reading) => reading,
        };
        if !reading.go_on(client, policy, invocation.deadline).await? {
            return Ok(None);
        }
        let organization = Rc::new(std::mem::take(reading).finish(policy));
        kept.read = Read::All(Rc::clone(&organization), SystemTime::now());
        Ok(Some(organization))
    }

    /// Forgets an organization that was read to its end. What is read in part is of use if Lambda repeats the run.
    pub(crate) async fn forget(&self) {
        self.0.lock().await.take_if(|kept| matches!(kept.read, Read::All(..)));
    }
}

impl Read {
    fn is_old(&self) -> bool {
        matches!(self, Self::All(_, since) if since.elapsed().is_ok_and(|age| age >= FRESH))
    }
}
