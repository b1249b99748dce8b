//! How people call accounts and OUs.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use aws_config::SdkConfig;
use detective_onboarding::aws::s3::{Bucket, Existing};
use detective_onboarding::aws::unit_names::UnitNames;
use detective_onboarding::aws::{clients, clock};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::CallError;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::organization::Organization;
use tokio::sync::Mutex;

use super::page::Described;

/// Where the names of OUs are kept for a day.
const KEY: &str = "coverage/units.json";

/// The longest list of names that is read again.
const MOST: usize = 1 << 20;

/// How long each step of it may take: nothing depends on names.
const SHARE: Duration = Duration::from_secs(20);

/// The names of an organization.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) organization: &'a Organization,
    pub(super) units: &'a UnitNames,
}

impl<'a> Names<'a> {
    /// An account's name, and the path of its OU.
    pub(super) fn describe(self, id: AccountId) -> Described<'a> {
        let Some((account, _)) = self.organization.get(&id) else { return (Cow::Borrowed(""), None) };
        (Cow::Borrowed(account.name.as_deref().unwrap_or_default()), self.units.path(account).map(Cow::Owned))
    }
}

/// The names of OUs that an invocation has read.
#[derive(Default)]
pub(super) struct Units(Mutex<Option<Rc<UnitNames>>>);

impl Units {
    /// The names of the accounts' OUs: those of the bucket, and of Organizations what is not a day old. They are read once an
    /// invocation, and only where Organizations returned the accounts' OUs. What cannot be read is named by its id.
    pub(super) async fn get(
        &self,
        config: &SdkConfig,
        bucket: &Bucket,
        organization: &Organization,
        deadline: Deadline,
    ) -> Rc<UnitNames> {
        let mut read = self.0.lock().await;
        if let Some(units) = &*read {
            return Rc::clone(units);
        }
        let mut units = UnitNames::default();
        if organization.values().any(|(account, _)| account.units.is_some()) {
            match names(&mut units, config, bucket, organization, deadline).await {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    tracing::warn!("names of OUs cannot be read, and reports have ids for them: {error}");
                }
                None => tracing::warn!("there was no time to read all names of OUs: reports have ids for the others"),
            }
        }
        let units = Rc::new(units);
        *read = Some(Rc::clone(&units));
        units
    }

    /// Another invocation reads them anew.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// Reads names, and keeps those that were read in time: a later run reads the rest. `None` if there was no time for all.
async fn names(
    units: &mut UnitNames,
    config: &SdkConfig,
    bucket: &Bucket,
    organization: &Organization,
    deadline: Deadline,
) -> Option<Result<(), CallError>> {
    match deadline.share(SHARE, bucket.get_json(config, KEY, MOST)).await? {
        Ok(stored) => *units = stored.unwrap_or_default(),
        Err(error) => return Some(Err(error)),
    }
    let now = clock::now();
    let unread = units.unread(organization.values().map(|(account, _)| account), now);
    if unread.is_empty() {
        return Some(Ok(()));
    }
    let read = deadline.share(SHARE, units.read(&clients::organizations(config), unread, now)).await;
    let body = serde_json::to_vec(units).unwrap_or_default();
    let put = deadline.share(SHARE, bucket.put(config, KEY, "application/json", body, Existing::Any)).await?;
    Some(put.map(drop).and(read?))
}
