//! `coverage/page.json` as earlier runs left it.

use std::rc::Rc;
use std::time::Duration;

use aws_config::SdkConfig;
use detective_onboarding::aws::s3::{Bucket, Existing};
use detective_onboarding::deadline::Deadline;
use detective_onboarding::error::{AwsCode, CallError};
use tokio::sync::Mutex;

use super::document::{Kept, MAX_BYTES};

pub(super) const DATA: &str = "coverage/page.json";

/// How long reading what earlier runs left may take, its retries among it.
const READ_SHARE: Duration = Duration::from_secs(10);

/// What earlier runs left, read once an invocation: `Some(None)` if it could not be.
#[derive(Default)]
pub(crate) struct LastPage(Mutex<Option<Option<Rc<Found>>>>);

/// What was found, and what a write must replace.
pub(crate) struct Found {
    pub(crate) kept: Kept,
    pub(super) existing: Existing,
}

impl LastPage {
    /// Another invocation reads it anew.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }

    /// What earlier runs left; `None` if it cannot be read now.
    pub(crate) async fn get(&self, config: &SdkConfig, bucket: &Bucket, deadline: Deadline) -> Option<Rc<Found>> {
        let mut found = self.0.lock().await;
        if found.is_none() {
            *found = Some(match deadline.share(READ_SHARE, read(config, bucket)).await {
                Some(Ok(read)) => Some(Rc::new(read)),
                Some(Err(error)) => {
                    tracing::warn!("what the coverage page showed could not be read: {error}");
                    None
                }
                None => None,
            });
        }
        found.clone().flatten()
    }
}

/// Reads what earlier runs left.
///
/// # Errors
/// The call's error.
pub(super) async fn read(config: &SdkConfig, bucket: &Bucket) -> Result<Found, CallError> {
    Ok(match bucket.get(config, DATA, MAX_BYTES).await {
        Ok(Some(object)) => Found { kept: Kept::parse(&object.body), existing: object.existing() },
        Ok(None) => Found { kept: Kept::default(), existing: Existing::None },
        // An object without a single byte.
        Err(error) if error.is(&AwsCode::InvalidRange) => Found { kept: Kept::default(), existing: Existing::Any },
        Err(error) => return Err(error),
    })
}
