//! AWS Regions.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An AWS Region's code, such as `eu-west-1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

/// A text that is not a Region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Region code such as eu-west-1")]
pub struct InvalidRegion(String);

impl Region {
    /// The code as AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Detective is offered there, as of November 2026.
    ///
    /// <https://docs.aws.amazon.com/general/latest/gr/detective.html>
    pub fn has_detective(&self) -> bool {
        WITH_DETECTIVE.contains(&self.as_str())
    }

    /// Whether an account has to enable it before it can be used, as every Region that is newer than these.
    ///
    /// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
    pub fn is_opt_in(&self) -> bool {
        !self.0.starts_with("us-") && !ENABLED_BY_DEFAULT.contains(&self.as_str())
    }
}

/// Beside those in the United States.
const ENABLED_BY_DEFAULT: [&str; 13] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
];

const WITH_DETECTIVE: [&str; 23] = [
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let area = parts.next().unwrap_or_default();
        let number = parts.next_back().unwrap_or_default();
        let words: Vec<&str> = parts.collect();
        let lower = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let valid = area.len() == 2
            && lower(area)
            && (1..=2).contains(&words.len())
            && words.iter().all(|word| lower(word))
            && (1..=2).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit());
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidRegion(text.chars().take(40).collect())) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_enabled_by_default_or_has_to_be_enabled() {
        let is_opt_in = |text: &str| text.parse::<Region>().unwrap().is_opt_in();
        assert!(
            ["af-south-1", "ap-east-1", "eu-south-1", "il-central-1", "me-south-1", "mx-central-1"]
                .iter()
                .all(|text| is_opt_in(text))
        );
        assert!(!["us-east-1", "us-gov-west-1", "eu-west-3", "sa-east-1"].iter().any(|text| is_opt_in(text)));
    }

    #[test]
    fn region_codes_of_every_partition_are_taken_and_others_refused() {
        for text in ["eu-west-1", "us-gov-east-1", "ap-southeast-2", "il-central-1"] {
            assert!(text.parse::<Region>().is_ok(), "{text:?} was refused");
        }
        let one_part_is_wrong = [
            "e-west-1",
            "e1-west-1",
            "eu-WEST-1",
            "eu-1",
            "eu-a-b-c-1",
            "eu-west-",
            "eu-west-a",
            "eu-west-100",
            "eu-west--1",
        ];
        let others =
            ["", "eu", "EU-WEST-1", "eu-west", "eu--1", "eu west 1", "eu-west-1a", "all", "eu-west-1,us-east-1"];
        for text in one_part_is_wrong.into_iter().chain(others) {
            assert!(text.parse::<Region>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_region_is_shown_as_it_was_written_and_knows_whether_detective_is_there() {
        let region: Region = "eu-west-1".parse().unwrap();
        assert_eq!(
            (region.as_str(), region.to_string().as_str(), &*format!("{region:?}")),
            ("eu-west-1", "eu-west-1", "eu-west-1")
        );
        assert_eq!(serde_json::to_value(&region).unwrap(), "eu-west-1");
        assert_eq!(serde_json::from_str::<Region>("\"eu-west-1\"").unwrap(), region);
        assert!(serde_json::from_str::<Region>("\"Ireland\"").is_err());
        let has_detective = |text: &str| text.parse::<Region>().unwrap().has_detective();
        assert_eq!(["eu-west-1", "us-gov-west-1", "mx-central-1"].map(has_detective), [true, true, false]);
    }
}
