//! `rate(...)`, `cron(...)` and `at(...)` expressions.
//!
//! croner finds the times of cron fields: it is maintained, small, and knows `L`, `W`, `#` and 1 for Sunday. What AWS takes as a field
//! is `cron`'s.

mod cron;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// Why an expression is not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the schedule expression {expression:?}: {problem}")]
pub struct ScheduleError {
    expression: String,
    problem: String,
}

/// When something is due, again and again or once.
#[derive(Debug, Clone)]
pub enum Expression {
    /// Every so often, counted from the deployment.
    Rate(TimeDelta),
    /// At the times that match, in UTC.
    Cron(Box<Cron>),
    /// Once.
    At(DateTime<Utc>),
}

impl Expression {
    /// Reads an expression as EventBridge Scheduler takes it.
    ///
    /// # Errors
    /// The expression is not one that Scheduler takes.
    pub fn parse(expression: &str) -> Result<Self, ScheduleError> {
        let refuse = |problem: &str| ScheduleError { expression: expression.to_owned(), problem: problem.to_owned() };
        let inner = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(rate) = inner("rate") {
            return parse_rate(rate).map(Self::Rate).map_err(refuse);
        }
        if let Some(fields) = inner("cron") {
            return parse_cron(fields).map(|cron| Self::Cron(Box::new(cron))).map_err(|problem| refuse(&problem));
        }
        if let Some(time) = inner("at") {
            let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S");
            return time
                .map(|time| Self::At(time.and_utc()))
                .map_err(|_| refuse("at needs a time as 2026-01-31T12:00:00"));
        }
        Err(refuse("it is none of rate(...), cron(...) and at(...)"))
    }

    /// The first time after `after`, if there is one, of a schedule that was made at `start`.
    pub fn next(&self, start: DateTime<Utc>, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Rate(every) => {
                let periods = (after - start).num_seconds().div_euclid(every.num_seconds()) + 1;
                // One that is due after the end of time is never due.
                let elapsed = every.num_seconds().checked_mul(periods.max(1))?;
                start.checked_add_signed(TimeDelta::try_seconds(elapsed)?)
            }
            Self::Cron(cron) => cron.find_next_occurrence(&after, false).ok(),
            Self::At(time) => Some(*time).filter(|time| *time > after),
        }
    }
}

fn parse_rate(rate: &str) -> Result<TimeDelta, &'static str> {
    const SHAPE: &str = "rate needs a number and a unit, such as 1 hour or 5 minutes";
    let (count, unit) = rate.trim().split_once(' ').ok_or(SHAPE)?;
    let count: i32 = count.parse().map_err(|_| SHAPE)?;
    if count < 1 {
        return Err("the number must be 1 or more");
    }
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    if (count == 1) == unit.ends_with('s') {
        return Err("1 has a singular unit, other numbers a plural one");
    }
    match singular {
        "minute" => Ok(TimeDelta::minutes(count.into())),
        "hour" => Ok(TimeDelta::hours(count.into())),
        "day" => Ok(TimeDelta::days(count.into())),
        _ => Err(SHAPE),
    }
}

fn parse_cron(fields: &str) -> Result<Cron, String> {
    let fields = cron::normalized(fields)?;
    let parser =
        CronParser::builder().seconds(Seconds::Required).year(Year::Required).alternative_weekdays(true).build();
    parser.parse(&format!("0 {fields}")).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, after: &str) -> String {
        let start = "2026-01-05T09:00:00Z".parse().unwrap();
        let next = Expression::parse(expression).unwrap().next(start, after.parse().unwrap());
        next.map_or_else(|| "never".to_owned(), |time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }

    #[test]
    fn the_next_time_of_a_schedule_is_the_first_after_now() {
        for (expression, after, expected) in [
            ("rate(1 hour)", "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z"),
            ("rate(5 minutes)", "2026-01-05T09:07:00Z", "2026-01-05T09:10:00Z"),
            ("rate(5 minutes)", "2026-01-05T09:10:00Z", "2026-01-05T09:15:00Z"),
            ("rate(2 days)", "2026-01-05T09:00:01Z", "2026-01-07T09:00:00Z"),
            ("cron(0 12 * * ? *)", "2026-01-05T12:00:00Z", "2026-01-06T12:00:00Z"),
            ("cron(0/15 * * * ? *)", "2026-01-05T12:01:00Z", "2026-01-05T12:15:00Z"),
            ("cron(5/15 * * * ? *)", "2026-01-05T12:20:00Z", "2026-01-05T12:35:00Z"),
            // 1 is Sunday, 2026-01-11 is one.
            ("cron(0 8 ? * 1 *)", "2026-01-05T12:00:00Z", "2026-01-11T08:00:00Z"),
            ("cron(0 8 ? * MON-FRI *)", "2026-01-09T12:00:00Z", "2026-01-12T08:00:00Z"),
            ("cron(0 8 L * ? *)", "2026-02-05T12:00:00Z", "2026-02-28T08:00:00Z"),
            // Saturday is the last day of a week.
            ("cron(0 8 ? * L *)", "2026-01-05T12:00:00Z", "2026-01-10T08:00:00Z"),
            ("cron(0 8 ? * 6L *)", "2026-01-05T12:00:00Z", "2026-01-30T08:00:00Z"),
            ("cron(0 8 ? * FRI-MON *)", "2026-01-05T12:00:00Z", "2026-01-09T08:00:00Z"),
            ("cron(0 8 ? * FRI-MON *)", "2026-01-11T12:00:00Z", "2026-01-12T08:00:00Z"),
            ("cron(0 8 ? * 2-6 *)", "2026-01-09T12:00:00Z", "2026-01-12T08:00:00Z"),
            ("cron(0 20-2 * * ? *)", "2026-01-05T03:00:00Z", "2026-01-05T20:00:00Z"),
            ("cron(0 20-2 * * ? *)", "2026-01-05T23:30:00Z", "2026-01-06T00:00:00Z"),
            ("cron(0 20-2 * * ? *)", "2026-01-06T02:30:00Z", "2026-01-06T20:00:00Z"),
            ("cron(0 0 1 NOV-FEB ? *)", "2026-02-02T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("cron(0 0 1 nov ? *)", "2026-02-02T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("cron(50-10/10 * * * ? *)", "2026-01-05T12:01:00Z", "2026-01-05T12:10:00Z"),
            ("cron(0 8 3W * ? *)", "2026-01-01T12:00:00Z", "2026-01-02T08:00:00Z"),
            ("cron(0 8 1 1 ? 2199)", "2026-01-06T12:00:00Z", "2199-01-01T08:00:00Z"),
            ("cron(0 8 1 1 ? 1970-2025)", "2026-01-06T12:00:00Z", "never"),
            ("cron(0 8 29 2 ? *)", "2026-01-06T12:00:00Z", "2028-02-29T08:00:00Z"),
            ("cron(0 8 30 2 ? *)", "2026-01-06T12:00:00Z", "never"),
            ("cron(0,30 8,9 ? * MON,WED *)", "2026-01-05T09:00:00Z", "2026-01-05T09:30:00Z"),
            // After the end of time.
            ("rate(2147483647 days)", "2026-01-05T09:00:00Z", "never"),
            ("rate(2147483647 minutes)", "2026-01-05T09:00:00Z", "6109-01-28T11:07:00Z"),
            ("cron(0 8 ? * 2#1 *)", "2026-01-06T12:00:00Z", "2026-02-02T08:00:00Z"),
            ("cron(0 8 1 1 ? 2027)", "2026-01-06T12:00:00Z", "2027-01-01T08:00:00Z"),
            ("cron(0 8 1 1 ? 2025)", "2026-01-06T12:00:00Z", "never"),
            ("at(2026-01-31T12:00:00)", "2026-01-06T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("at(2026-01-31T12:00:00)", "2026-01-31T12:00:00Z", "never"),
        ] {
            assert_eq!(next(expression, after), expected, "{expression} after {after}");
        }
    }

    #[test]
    fn what_scheduler_refuses_is_refused() {
        for expression in [
            "rate(1 hours)",
            "rate(2 hour)",
            "rate(0 minutes)",
            "rate(1 week)",
            "cron(* * * * *)",
            "cron(0 8 * * * *)",
            "hourly",
            "cron(0/+5 8 * * ? *)",
            "cron(0 8 ? * 2#+1 *)",
            "cron(99 8 * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 8 0 * ? *)",
            "cron(0 8 32 * ? *)",
            "cron(0 8 1 13 ? *)",
            "cron(0 8 ? * 0 *)",
            "cron(0 8 ? * 8 *)",
            "cron(0 8 1 1 ? 1969)",
            "cron(0 8 1 1 ? 2200)",
            "cron(0 8 ? * 2#1,6#3 *)",
            "cron(0 8 ? * 2#1#2 *)",
            "cron(0 8 ? * 2#6 *)",
            "cron(0 8 ? * 2#0 *)",
            "cron(0 8, * * ? *)",
            "cron(,0 8 * * ? *)",
            "cron(0 8,,9 * * ? *)",
            "cron(0 8 - * ? *)",
            "cron(0/0 8 * * ? *)",
            "cron(0/ 8 * * ? *)",
            "cron(/5 8 * * ? *)",
            "cron(0 L * * ? *)",
            "cron(0 8 ? * MONDAY *)",
            "cron(0 8 ? * 3W *)",
            "cron(? 8 * * ? *)",
            "cron(0 8 ? * ? *)",
            "cron()",
            "rate(-1 hours)",
            "rate(1.5 hours)",
            "rate(99999999999 days)",
            "rate()",
            "at(2026-02-30T12:00:00)",
            "at(2026-01-31)",
        ] {
            assert!(Expression::parse(expression).is_err(), "{expression}");
        }
    }
}
