//! Spans of time, as people write them.

use std::str::FromStr;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A span of time, written like `90s`, `10m` or `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(pub TimeDelta);

/// Longer spans would lead out of the calendar.
const LONGEST: TimeDelta = TimeDelta::days(36_525);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span =
            humantime::parse_duration(text).map_err(|error| format!("{text:?} is not a span such as 90s: {error}"))?;
        let span = TimeDelta::from_std(span).ok().filter(|span| *span <= LONGEST);
        span.map(Span).ok_or_else(|| format!("{text:?} is longer than a hundred years"))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0.to_std().unwrap_or_default()))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "examples": ["90s", "10m", "1h 30m"]})
    }
}
