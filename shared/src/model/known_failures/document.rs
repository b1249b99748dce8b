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
