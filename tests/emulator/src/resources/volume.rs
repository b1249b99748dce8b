//! The data volume of accounts.

use std::str::FromStr;

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::resources::span::Span;

/// An account's data volume, as far as Detective knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volume {
    /// Bytes a day.
    Known(u64),
    /// Not known, usually because the account is not enrolled in GuardDuty.
    Unknown,
    /// Not known, and the account's data rate cannot be verified: a call that would make it a member or start it is refused
    /// with ServiceQuotaExceededException, for all accounts that it names.
    Unverified,
    /// Not known until this long after the start; then one gigabyte a day.
    UnknownUntil(TimeDelta),
}

impl Default for Volume {
    fn default() -> Self {
        Self::Known(1_000_000_000)
    }
}

impl Volume {
    const EXPECTED: &str = "\"unknown\", \"unverified\", \"high\", \"unknown for <span>\" or a size such as \"12GB\"";
}

impl FromStr for Volume {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "unknown" => return Ok(Self::Unknown),
            "unverified" => return Ok(Self::Unverified),
            // More than a graph may take in.
            "high" => return Ok(Self::Known(11_000_000_000_000)),
            _ => {}
        }
        if let Some(span) = text.strip_prefix("unknown for ") {
            return Ok(Self::UnknownUntil(span.parse::<Span>()?.0));
        }
        let units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000)];
        let parsed = units.iter().find_map(|(unit, factor)| {
            let count: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
            count.checked_mul(*factor)
        });
        parsed.map(Self::Known).ok_or_else(|| format!("{text:?} is not {}", Self::EXPECTED))
    }
}

impl<'de> Deserialize<'de> for Volume {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Volume {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Volume".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": Self::EXPECTED, "examples": ["unknown", "12GB"]})
    }
}
