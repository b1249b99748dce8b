//! The document that a history is kept in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{History, Invitations, Published};
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::model::region::Region;

/// The version of the format.
const FORMAT: u32 = 1;

/// How far the clock of the function may be ahead of that of S3, in seconds.
const MAX_SKEW: i64 = 300;

/// A history as JSON. Ten thousand accounts take less than 200 kB.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    format: u32,
    region: Region,
    time: i64,
    run: i64,
    graph_arn: String,
    /// The accounts that are uncovered since a time, by that time: many have the same.
    uncovered: BTreeMap<String, Vec<AccountId>>,
    /// How many invitations, and when the last one was.
    invitations: BTreeMap<AccountId, (u32, i64)>,
    /// The members that are out of scope, and since when.
    #[serde(default)]
    out_of_scope: BTreeMap<AccountId, i64>,
    /// The members by an invitation that are or were accounts of the organization.
    #[serde(default)]
    of_organization: BTreeSet<AccountId>,
    /// Whether the record of removals was begun.
    #[serde(default)]
    removals_begun: bool,
    /// The members that were removed in the last day, and when.
    #[serde(default)]
    removed: BTreeMap<AccountId, i64>,
    published: Option<Published>,
}

impl History {
    /// Reads a Region's document, which was written at a time by the clock of S3.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence: it is no document of this version, or says what cannot be.
    pub fn parse(body: &[u8], region: &Region, written: Option<i64>) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(body)
            .map_err(|error| format!("it is not in the format of this version ({error})"))?;
        if document.format != FORMAT || document.region != *region {
            return Err(format!("it is of format {} and {}", document.format, document.region));
        }
        let mut uncovered = BTreeMap::new();
        for (since, ids) in document.uncovered {
            let since: i64 = since.parse().map_err(|_| "it has a time that is no number".to_owned())?;
            uncovered.extend(ids.into_iter().map(|id| (id, since)));
        }
        let history = Self {
            time: document.time,
            run: document.run,
            graph: document.graph_arn.parse::<GraphArn>().map_err(|error| error.to_string())?,
            uncovered,
            invitations: document
                .invitations
                .into_iter()
                .map(|(id, (count, last))| (id, Invitations { count, last }))
                .collect(),
            out_of_scope: document.out_of_scope,
            of_organization: document.of_organization,
            removals_begun: document.removals_begun,
            removed: document.removed,
            published: document.published,
        };
        match history.impossible(written) {
            None => Ok(history),
            Some(problem) => Err(problem.to_owned()),
        }
    }

    /// What the document states that cannot be.
    fn impossible(&self, written: Option<i64>) -> Option<&'static str> {
        let latest = written.map_or(self.time, |written| self.time.min(written)).saturating_add(MAX_SKEW);
        let published = self.published.iter().flat_map(|published| [Some(published.time), published.alerted]);
        let times = [self.time, self.run].into_iter().chain(published.flatten());
        let times = times.chain(self.uncovered.values().copied());
        let times = times.chain(self.out_of_scope.values().chain(self.removed.values()).copied());
        let mut times = times.chain(self.invitations.values().map(|invitations| invitations.last));
        if times.any(|time| time > latest) {
            return Some("it has a time after the one at which it was written");
        }
        let Published { time, in_scope, enabled, covered, .. } = self.published.as_ref()?;
        if enabled > in_scope || *enabled > covered.len() {
            return Some("it counts more covered accounts than there were");
        }
        let is_both = self.uncovered.iter().any(|(id, since)| since < time && covered.contains(id));
        is_both.then_some("it has accounts that were covered and not covered at once")
    }

    /// The Region's document.
    pub fn to_json(&self, region: &Region) -> Vec<u8> {
        let mut uncovered = BTreeMap::<String, Vec<AccountId>>::new();
        for (id, since) in &self.uncovered {
            uncovered.entry(since.to_string()).or_default().push(*id);
        }
        let document = Document {
            format: FORMAT,
            region: region.clone(),
            time: self.time,
            run: self.run,
            graph_arn: self.graph.to_string(),
            uncovered,
            invitations: self
                .invitations
                .iter()
                .map(|(id, Invitations { count, last })| (*id, (*count, *last)))
                .collect(),
            out_of_scope: self.out_of_scope.clone(),
            of_organization: self.of_organization.clone(),
            removals_begun: self.removals_begun,
            removed: self.removed.clone(),
            published: self.published.clone(),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;
    use aws_smithy_types::DateTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::member::Member;

    const NOW: i64 = 1_767_603_600;

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn region() -> Region {
        "eu-west-1".parse().unwrap()
    }

    fn history() -> History {
        History {
            time: NOW,
            run: NOW - 60,
            graph: "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef".parse().unwrap(),
            uncovered: BTreeMap::from([(id(1), NOW - 100), (id(2), NOW - 100), (id(3), NOW)]),
            invitations: BTreeMap::from([(id(1), Invitations { count: 2, last: NOW - 50 })]),
            out_of_scope: BTreeMap::from([(id(4), NOW - 20)]),
            of_organization: BTreeSet::from([id(2), id(6)]),
            removals_begun: true,
            removed: BTreeMap::from([(id(7), NOW - 30)]),
            published: Some(Published {
                time: NOW,
                in_scope: 5,
                enabled: 1,
                covered: BTreeSet::from([id(4), id(5)]),
                stuck: BTreeSet::from([id(1)]),
                alerted: Some(NOW - 100),
            }),
        }
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let body = history().to_json(&region());
        assert_eq!(History::parse(&body, &region(), Some(NOW + 2)).unwrap(), history());
        assert!(History::parse(&body, &"us-east-1".parse().unwrap(), Some(NOW)).is_err());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let written = Some(NOW);
        let published = |field: &str, value: Value| {
            let mut published = serde_json::to_value(history().published).unwrap();
            published[field] = value;
            published
        };
        for (field, value) in [
            ("format", json!(2)),
            ("time", json!(NOW + 301)),
            ("run", json!(NOW + 301)),
            ("uncovered", json!({(NOW + 301).to_string(): ["000000000001"]})),
            ("uncovered", json!({"soon": ["000000000001"]})),
            ("uncovered", json!({"1": ["000000000004"]})),
            ("uncovered", json!({"1": ["root@example.com"]})),
            ("invitations", json!({"000000000001": [1, NOW + 301]})),
            ("ofOrganization", json!(["root@example.com"])),
            ("removed", json!({"000000000001": NOW + 301})),
            ("removals", json!([])),
            ("published", json!({})),
            ("published", published("time", json!(NOW + 301))),
            ("published", published("alerted", json!(NOW + 301))),
            ("published", published("enabled", json!(3))),
            ("published", published("inScope", json!(0))),
            ("graphArn", json!("arn")),
            ("percent", json!(0)),
        ] {
            let mut document: Value = serde_json::from_slice(&history().to_json(&region())).unwrap();
            document[field] = value;
            assert!(History::parse(document.to_string().as_bytes(), &region(), written).is_err(), "{document}");
        }
        for body in [&b""[..], b"{}", b"null", b"[", &[0xff; 9]] {
            assert!(History::parse(body, &region(), written).is_err());
        }
    }

    #[test]
    fn what_may_just_be_is_read() {
        let mut document: Value = serde_json::from_slice(&history().to_json(&region())).unwrap();
        document["run"] = json!(NOW + 300);
        document["uncovered"] = json!({NOW.to_string(): ["000000000004"]});
        (document["published"]["inScope"], document["published"]["enabled"]) = (json!(2), json!(2));
        assert!(History::parse(document.to_string().as_bytes(), &region(), Some(NOW)).is_ok());
    }

    #[test]
    fn the_document_of_ten_thousand_accounts_is_much_shorter_than_a_megabyte() {
        let accounts = || (1..=10_000).map(id);
        let invitations = accounts().map(|id| (id, Invitations { count: 9, last: NOW })).collect();
        let published = Some(Published { stuck: accounts().collect(), ..Published::default() });
        let uncovered = accounts().map(|id| (id, NOW)).collect();
        let large = History { invitations, published, uncovered, ..history() };
        assert!(large.to_json(&region()).len() < 700_000, "{}", large.to_json(&region()).len());
    }

    #[test]
    fn an_account_that_was_invited_after_the_last_run_is_another_member_than_the_one_that_was_in_the_organization() {
        let member = |number, invited: Option<i64>| Member {
            invited: invited.map(DateTime::from_secs),
            of_organization: false,
            ..Member::with_status(id(number), MemberStatus::Enabled)
        };
        for (number, invited, expected) in
            [(2, None, true), (2, Some(NOW + 900), true), (2, Some(NOW + 901), false), (3, None, false)]
        {
            assert_eq!(history().was_in_organization(&member(number, invited)), expected, "{number} {invited:?}");
        }
    }
}
