//! Configuration from environment variables: a function here for each setting, called once before the first invocation.
//!
//! An error names the variable and what it should hold.

mod acceptance;
mod cool_off;
mod graph_settings;
mod policy;
mod publishing;
mod queues;
mod regions;
mod removal;

use std::num::NonZeroUsize;

use crate::aws::detective::InvitationOptions;
use crate::environment::{ConfigError, Environment};
use crate::model::account::AccountId;

pub use self::acceptance::{allow_list, member_role};
pub use self::cool_off::cool_off;
pub use self::graph_settings::{GraphSettings, correct_drift, graph_settings};
pub use self::policy::{PolicySource, policy_source};
pub use self::publishing::{Publishing, alert_targets, publishing, state_bucket};
pub use self::queues::{
    acceptance_queue_url, arrivals_queue_url, continuation_queue_url, departures_queue_url,
    optional_departures_queue_url, reconcile_queue_url,
};
pub use self::regions::{Regions, graphs, regions};
pub use self::removal::{reinvites, removal_grace, removals};

/// Whether nothing is to be changed (`DRY_RUN`).
pub fn dry_run(environment: &Environment<'_>) -> Result<bool, ConfigError> {
    environment.parsed("DRY_RUN", false, "true or false")
}

/// How accounts are invited (`SEND_INVITATION_EMAILS`, `INVITATION_MESSAGE`).
pub fn invitation(environment: &Environment<'_>) -> Result<InvitationOptions, ConfigError> {
    Ok(InvitationOptions {
        send_email: environment.parsed("SEND_INVITATION_EMAILS", false, "true or false")?,
        message: environment.text("INVITATION_MESSAGE"),
    })
}

/// How many StartMonitoringMember calls are in flight at once in each Region (`MAX_CONCURRENT_STARTS`).
pub fn concurrent_starts(environment: &Environment<'_>) -> Result<NonZeroUsize, ConfigError> {
    const DEFAULT: NonZeroUsize = NonZeroUsize::new(32).expect("thirty-two is not zero");
    environment.parsed("MAX_CONCURRENT_STARTS", DEFAULT, "a whole number from 1 on")
}

/// From which age on a member that waits to be monitored counts as stuck (`STUCK_AFTER_HOURS`), in seconds.
pub fn stuck_after(environment: &Environment<'_>) -> Result<i64, ConfigError> {
    let hours: u32 = environment.parsed("STUCK_AFTER_HOURS", 72, "a whole number of hours from 0 on")?;
    Ok(i64::from(hours) * 3600)
}

/// At which share of a graph's member limit the reconciler warns (`WARN_AT_PERCENT_OF_LIMIT`), in percent.
pub fn warn_at_percent(environment: &Environment<'_>) -> Result<usize, ConfigError> {
    environment.parsed("WARN_AT_PERCENT_OF_LIMIT", 90, "a whole number from 1 to 100")
}

/// Who should be the organization's Detective administrator (`ADMINISTRATOR_ACCOUNT_ID`).
pub fn administrator(environment: &Environment<'_>) -> Result<AccountId, ConfigError> {
    const VARIABLE: &str = "ADMINISTRATOR_ACCOUNT_ID";
    const EXPECTED: &str = "the account id of the organization's Detective administrator";
    let accounts: Vec<AccountId> = environment.list(VARIABLE, EXPECTED)?;
    match accounts[..] {
        [administrator] => Ok(administrator),
        _ => Err(ConfigError::new(VARIABLE, "does not name exactly one account", EXPECTED)),
    }
}
