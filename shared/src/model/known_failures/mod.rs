//! Failures of accounts that a run has told people about: one that goes on is no news.
//!
//! Where they are lost, every failure is new once more.

mod document;

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::model::account::AccountId;
use crate::model::region::Region;

/// How many characters a way to fail and the id of a run have at most.
const MAX_TEXT: usize = 250;

/// A failure is over that has not occurred for so long, in seconds: runs are a day apart at most, and may take hours. One that comes
/// and goes within that time is one failure.
const OVER_AFTER: i64 = 30 * 3600;

/// A failure that goes on is told again after so long, in seconds: whoever writes the document silences nothing for longer.
const TOLD_AGAIN_AFTER: i64 = 7 * 86_400;

/// The failures that runs of a function have told, by Region, way to fail and account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownFailures(BTreeMap<(Region, String), BTreeMap<AccountId, Known>>);

/// A failure. Times are in seconds since 1970, by AWS's clocks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    since: i64,
    /// When it was told last, and by which run.
    told: i64,
    run: String,
    /// When it occurred last.
    seen: i64,
}

impl KnownFailures {
    /// Since when an account has failed in this way, if another run than this one has told so lately. A run that is tried again is the
    /// same run.
    pub fn since(&self, region: &Region, id: AccountId, way: &str, run: &str, now: DateTime) -> Option<DateTime> {
        let failure = self.0.get(&(region.clone(), way.to_owned()))?.get(&id)?;
        let is_known = failure.run != run && failure.goes_on(now) && !failure.is_to_be_told(now);
        is_known.then(|| DateTime::from_secs(failure.since))
    }

    /// Takes note that an account failed in this way in a run, which tells it if it is not known.
    /// One that fails in a way that cannot be written is new each time.
    pub fn note(&mut self, region: &Region, id: AccountId, way: &str, run: &str, now: DateTime) {
        if !is_way(way) {
            return;
        }
        let failures = self.0.entry((region.clone(), way.to_owned())).or_default();
        let new = Known { since: now.secs(), told: now.secs(), run: run.to_owned(), seen: now.secs() };
        let failure = failures.entry(id).or_insert_with(|| new.clone());
        if !failure.goes_on(now) {
            *failure = new;
        } else if failure.is_to_be_told(now) {
            *failure = Known { since: failure.since, ..new };
        }
        failure.seen = failure.seen.max(now.secs());
    }

    /// The same without what is over.
    #[must_use]
    pub fn going_on(mut self, now: DateTime) -> Self {
        self.0.values_mut().for_each(|failures| failures.retain(|_, failure| failure.goes_on(now)));
        self.0.retain(|_, failures| !failures.is_empty());
        self
    }

    /// The failures that go on: Region, way, since when, and accounts, those that began in the same run together.
    pub fn listed(&self, now: DateTime) -> BTreeMap<(&Region, &str, i64), Vec<AccountId>> {
        let mut listed = BTreeMap::<_, Vec<AccountId>>::new();
        for ((region, way), failures) in &self.0 {
            for (id, failure) in failures.iter().filter(|(_, failure)| failure.goes_on(now)) {
                listed.entry((region, way.as_str(), failure.since)).or_default().push(*id);
            }
        }
        listed
    }
}

impl Known {
    fn goes_on(&self, now: DateTime) -> bool {
        now.secs() - self.seen < OVER_AFTER
    }

    fn is_to_be_told(&self, now: DateTime) -> bool {
        now.secs() - self.told >= TOLD_AGAIN_AFTER
    }
}

/// Whether a way to fail may be one: words of an operation and a code, of which no mail makes a link or a line of its own.
fn is_way(text: &str) -> bool {
    text.len() <= MAX_TEXT && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, ' ' | '_' | '-'))
}

#[cfg(test)]
mod tests {
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

    fn since(known: &KnownFailures, run: &str, seconds: i64) -> Option<i64> {
        known.since(&region(), id(1), WAY, run, at(seconds)).map(|since| since.secs() - NOW)
    }

    #[test]
    fn a_failure_is_known_to_every_run_but_the_one_that_tells_it() {
        let known = noted();
        assert_eq!((since(&known, "first", 60), since(&known, "second", 60)), (None, Some(0)));
        for (region, id, way) in [("us-east-1", id(1), WAY), ("eu-west-1", id(2), WAY), ("eu-west-1", id(1), "other")] {
            assert_eq!(known.since(&region.parse().unwrap(), id, way, "second", at(60)), None);
        }
    }

    #[test]
    fn what_has_not_occurred_for_thirty_hours_is_over_and_new_when_it_comes_again() {
        let mut known = noted();
        assert_eq!((since(&known, "b", 30 * HOUR - 1), since(&known, "b", 30 * HOUR)), (Some(0), None));
        assert_eq!(known.clone().going_on(at(30 * HOUR - 1)), known);
        assert_eq!(known.clone().going_on(at(30 * HOUR)), KnownFailures::default());
        known.note(&region(), id(1), WAY, "b", at(30 * HOUR));
        assert_eq!(since(&known, "b", 31 * HOUR), None);
        assert_eq!(since(&known, "c", 31 * HOUR), Some(30 * HOUR));
    }

    #[test]
    fn the_name_of_a_run_may_have_250_letters() {
        let mut known = KnownFailures::default();
        known.note(&region(), id(1), WAY, &"x".repeat(250), at(0));
        assert_eq!(KnownFailures::parse(&known.to_json("f"), "f", NOW).as_ref(), Ok(&known));
    }

    #[test]
    fn what_goes_on_is_told_again_each_week_with_the_time_of_its_beginning() {
        let mut known = noted();
        let mut told = Vec::new();
        for hour in 1..=400 {
            let (run, time) = (format!("run {hour}"), hour * HOUR);
            if since(&known, &run, time).is_none() {
                told.push(hour);
            }
            known.note(&region(), id(1), WAY, &run, at(time));
            assert_eq!(since(&known, "any", time), Some(0));
        }
        assert_eq!(told, [168, 336]);
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
