//! How often members with too much data are tried again.

use crate::environment::{ConfigError, Environment};
use crate::plan::cool_off::CoolOff;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Reads `VOLUME_TOO_HIGH_COOL_OFF_HOURS`, and from `SCHEDULE` how far runs are apart.
///
/// # Errors
/// A variable is wrong.
pub fn cool_off(environment: &Environment<'_>) -> Result<CoolOff, ConfigError> {
    let hours: u32 = environment.parsed("VOLUME_TOO_HIGH_COOL_OFF_HOURS", 24, "a whole number of hours from 0 on")?;
    Ok(CoolOff { period: i64::from(hours) * HOUR, interval: interval(environment)? })
}

/// How far runs are apart, in seconds.
///
/// Runs by `cron(...)` need not be equally far apart: a day is assumed, the longest that the alarms let a function be
/// silent, because an interval that is too short would leave members untried.
fn interval(environment: &Environment<'_>) -> Result<i64, ConfigError> {
    const EXPECTED: &str = "the schedule's expression, such as rate(1 hour)";
    let Some(schedule) = environment.text("SCHEDULE") else { return Ok(DAY) };
    let wrong = || ConfigError::new("SCHEDULE", format!("is {schedule:?}"), EXPECTED);
    let inner = |name: &str| schedule.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if inner("cron").is_some() {
        return Ok(DAY);
    }
    let (count, unit) = inner("rate").and_then(|rate| rate.trim().split_once(' ')).ok_or_else(wrong)?;
    let count: u32 = count.parse().map_err(|_| wrong())?;
    let unit = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => HOUR,
        "day" | "days" => DAY,
        _ => return Err(wrong()),
    };
    if count == 0 { Err(wrong()) } else { Ok(i64::from(count) * unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_schedule_and_a_day_where_it_is_not_known() {
        let read = |schedule: &'static str| {
            let lookup = |name: &str| (name == "SCHEDULE").then(|| schedule.to_owned());
            interval(&Environment::new(&lookup))
        };
        for (schedule, seconds) in [
            ("rate(1 hour)", HOUR),
            ("rate(6 hours)", 6 * HOUR),
            ("rate(5 minutes)", 300),
            ("rate(2 days)", 2 * DAY),
            ("cron(0 8 * * ? *)", DAY),
            ("", DAY),
        ] {
            assert_eq!(read(schedule), Ok(seconds), "{schedule}");
        }
        for schedule in ["rate(0 hours)", "rate(1 week)", "rate(hour)", "hourly", "at(2026-01-31T12:00:00)"] {
            let error = read(schedule).unwrap_err().to_string();
            assert!(error.contains("SCHEDULE") && error.contains("such as rate(1 hour)"), "{error}");
        }
    }
}
