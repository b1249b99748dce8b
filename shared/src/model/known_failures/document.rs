//! The document in which a function records the failures that its runs have told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Known, KnownFailures, MAX_TEXT, is_way};
use crate::model::account::AccountId;
use crate::model::region::Region;

/// The version of the format.
const FORMAT: u32 = 1;

/// How far the clock of the function may be ahead of that of S3, in seconds.
const MAX_SKEW: i64 = 300;

/// How much of what is wrong with a document is stated: somebody else may have written it.
const MAX_PROBLEM: usize = 200;

/// The same as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    function: String,
    failures: Vec<Alike>,
}

/// Failures that have all but their accounts in common: many begin in the same run.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alike {
    region: Region,
    way: String,
    since: i64,
    told: i64,
    run: String,
    seen: i64,
    accounts: Vec<AccountId>,
}

impl KnownFailures {
    /// Reads a function's document, which was written at a time by the clock of S3.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn parse(body: &[u8], function: &str, written: i64) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(body).map_err(|error| {
            let error: String = error.to_string().chars().take(MAX_PROBLEM).collect();
            format!("it is not in the format of this version ({error})")
        })?;
        if document.format != FORMAT || document.function != function {
            return Err(format!("it is of format {} and another function", document.format));
        }
        let mut known = Self::default();
        for Alike { region, way, since, told, run, seen, accounts } in document.failures {
            if !is_way(&way) || run.len() > MAX_TEXT {
                return Err("it has a text that no run writes".to_owned());
            }
            if !(0 < since && since <= told && told <= seen && seen <= written.saturating_add(MAX_SKEW)) {
                return Err("it has a time that cannot be".to_owned());
            }
            let failure = Known { since, told, run, seen };
            known.0.entry((region, way)).or_default().extend(accounts.into_iter().map(|id| (id, failure.clone())));
        }
        Ok(known)
    }

    /// The function's document.
    pub fn to_json(&self, function: &str) -> Vec<u8> {
        let mut alike = BTreeMap::<_, Vec<AccountId>>::new();
        for (key, failures) in &self.0 {
            for (id, failure) in failures {
                alike.entry((key, failure)).or_default().push(*id);
            }
        }
        let alike = alike.into_iter().map(|(((region, way), failure), accounts)| {
            let Known { since, told, run, seen } = failure.clone();
            Alike { region: region.clone(), way: way.clone(), since, told, run, seen, accounts }
        });
        let document = Document { format: FORMAT, function: function.to_owned(), failures: alike.collect() };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_767_603_600;
    const HOUR: i64 = 3600;
    const WAY: &str = "CreateMembers AccessDeniedException";

    fn at(seconds: i64) -> DateTime {
        DateTime::from_secs(NOW + seconds)
    }

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn region() -> Region {
        "eu-west-1".parse().unwrap()
    }

    fn noted() -> KnownFailures {
        let mut known = KnownFailures::default();
        known.note(&region(), id(1), WAY, "first", at(0));
        known
    }

    #[test]
    fn what_is_noted_is_read_again_and_those_that_began_together_stand_together() {
        let mut known = noted();
        (2..=3).for_each(|number| known.note(&region(), id(number), WAY, "first", at(0)));
        known.note(&region(), id(2), WAY, "second", at(HOUR));
        let body = known.to_json("member-monitor");
        assert_eq!(KnownFailures::parse(&body, "member-monitor", NOW + HOUR).unwrap(), known);
        assert!(KnownFailures::parse(&body, "account-offboarder", NOW + HOUR).is_err());
        let document: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document["failures"][0]["accounts"], json!(["000000000001", "000000000003"]));
        assert_eq!(known.listed(at(HOUR)).into_values().collect::<Vec<_>>(), [[id(1), id(2), id(3)]]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (field, value) in [
            ("since", json!(0)),
            ("since", json!(NOW + 1)),
            ("told", json!(NOW + 1)),
            ("seen", json!(NOW + 301)),
            ("seen", json!(i64::MAX)),
            ("way", json!("x".repeat(251))),
            ("way", json!("Denied\nYour administrator asks you")),
            ("way", json!("https://example.com/")),
            ("way", json!("example.com")),
            ("run", json!("x".repeat(251))),
            ("accounts", json!(["root@example.com"])),
            ("region", json!("Ireland")),
            ("until", json!(NOW)),
        ] {
            let mut document: Value = serde_json::from_slice(&noted().to_json("f")).unwrap();
            document["failures"][0][field] = value;
            assert!(KnownFailures::parse(document.to_string().as_bytes(), "f", NOW).is_err(), "{document}");
        }
        for text in ["region", "x".repeat(100_000).as_str()] {
            let document = json!({"format": 1, "function": "f", "failures": [], text: 1}).to_string();
            let problem = KnownFailures::parse(document.as_bytes(), "f", NOW).unwrap_err();
            assert!(problem.len() < 300, "{problem}");
        }
        for body in [&b""[..], b"{}", b"null", b"[", &[0xff; 9]] {
            assert!(KnownFailures::parse(body, "f", NOW).is_err());
        }
    }
}
