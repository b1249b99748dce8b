//! The date of answers.

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, header};

/// Dates an answer. AWS's SDKs correct their own clocks by that, and try denied calls again if they differ by minutes, but not by
/// an answer that has an age: those come from caches.
pub(crate) fn date(headers: &mut HeaderMap, now: DateTime<Utc>) {
    let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.insert(header::DATE, HeaderValue::from_str(&date).expect("a date is a header value"));
    headers.insert(header::AGE, HeaderValue::from_static("0"));
}
