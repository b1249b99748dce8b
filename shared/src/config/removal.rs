//! Whether members are removed, how many at most, and when.

use crate::environment::{ConfigError, Environment};
use crate::plan::removal_limit::Removals;

/// Whether members are removed, and how many at most (`REMOVE_MEMBERS`, `MAX_REMOVALS`, `MAX_REMOVALS_PERCENT`).
pub fn removals(environment: &Environment<'_>) -> Result<Removals, ConfigError> {
    const PERCENT: &str = "a whole number from 0 to 100";
    let most_percent = environment.parsed("MAX_REMOVALS_PERCENT", 5, PERCENT)?;
    if most_percent > 100 {
        return Err(ConfigError::new("MAX_REMOVALS_PERCENT", format!("is {most_percent}"), PERCENT));
    }
    Ok(Removals {
        allowed: environment.parsed("REMOVE_MEMBERS", false, "true or false")?,
        most: environment.parsed("MAX_REMOVALS", 10, "a whole number from 0 on")?,
        most_percent,
    })
}

/// Whether an invited account that Detective could not verify is removed and invited again (`REINVITE_UNVERIFIED`).
pub fn reinvites(environment: &Environment<'_>) -> Result<bool, ConfigError> {
    environment.parsed("REINVITE_UNVERIFIED", true, "true or false")
}

/// How long a member that left or is suspended stays one (`REMOVAL_GRACE_HOURS`), in seconds.
pub fn removal_grace(environment: &Environment<'_>) -> Result<i64, ConfigError> {
    const EXPECTED: &str = "a whole number of hours from 0 to 240";
    let hours: u32 = environment.parsed("REMOVAL_GRACE_HOURS", 24, EXPECTED)?;
    // The queue of departures keeps messages for fourteen days.
    if hours > 240 {
        return Err(ConfigError::new("REMOVAL_GRACE_HOURS", format!("is {hours}"), EXPECTED));
    }
    Ok(i64::from(hours) * 3600)
}
