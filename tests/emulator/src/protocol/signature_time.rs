//! How old a signature may be.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::request::Parts;

use crate::protocol::error::AwsError;
use crate::world::state::State;

const FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// Checks when a request was signed. Clients sign by the clock of their machine, or follow the times of AWS's answers, which are
/// virtual here: a signature that is right by one of the two is taken.
/// A request without a time is not refused here.
pub(super) fn check(state: &State, parts: &Parts, service: &str, scope_date: &str) -> Result<(), AwsError> {
    let Some(signed) = signed_at(parts) else { return Ok(()) };
    let day = signed.format("%Y%m%d").to_string();
    if day != scope_date {
        let message = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope_date}' != '{day}', \
             from '{}'.",
            signed.format(FORMAT)
        );
        return Err(AwsError::new("InvalidSignatureException", 403, message));
    }
    let minutes = if service == "s3" { 15 } else { 5 };
    let (machine, virtual_now) = (Utc::now(), state.now());
    let window = TimeDelta::minutes(minutes);
    // While a request is on its way, virtual time may fly.
    let flown = TimeDelta::seconds((300.0 * state.clock.rate()) as i64).max(window);
    if (signed - machine).abs() <= window || (signed - virtual_now).abs() <= flown {
        return Ok(());
    }
    Err(refusal(service, signed, machine, minutes))
}

fn refusal(service: &str, signed: DateTime<Utc>, now: DateTime<Utc>, minutes: i64) -> AwsError {
    if service == "s3" {
        let message = "The difference between the request time and the current time is too large.";
        return AwsError::new("RequestTimeTooSkewed", 403, message);
    }
    let window = TimeDelta::minutes(minutes);
    let (signed_text, now_text) = (signed.format(FORMAT), now.format(FORMAT));
    let message = if signed < now {
        let limit = (now - window).format(FORMAT);
        format!("Signature expired: {signed_text} is now earlier than {limit} ({now_text} - {minutes} min.)")
    } else {
        let limit = (now + window).format(FORMAT);
        format!("Signature not yet current: {signed_text} is still later than {limit} ({now_text} + {minutes} min.)")
    };
    AwsError::new("InvalidSignatureException", 403, message)
}

/// The error for a request that does not state when it was signed.
pub(super) fn undated() -> AwsError {
    let message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
    AwsError::new("IncompleteSignatureException", 400, message)
}

/// When a request was signed, if it states that.
pub(super) fn signed_at(parts: &Parts) -> Option<DateTime<Utc>> {
    let text = |name: &str| parts.headers.get(name)?.to_str().ok();
    match text("x-amz-date") {
        Some(date) => Some(NaiveDateTime::parse_from_str(date, FORMAT).ok()?.and_utc()),
        None => Some(DateTime::parse_from_rfc2822(text("date")?).ok()?.to_utc()),
    }
}
