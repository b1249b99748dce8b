//! The members of a graph that were removed lately, by whichever function: so many a day are the most.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use crate::model::account::AccountId;
use crate::model::member::Member;
use crate::model::region::Region;

/// Removals are limited for so long, in seconds.
const DAY: i64 = 86_400;

/// The version of the format.
const FORMAT: u32 = 1;

/// How far the clock of the function may be ahead of that of S3, in seconds.
const MAX_SKEW: i64 = 300;

/// The members that were removed in the last day. Each is recorded before the call that removes it, so that what was removed is
/// recorded, whatever happens to the function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecentRemovals {
    /// Since when all are recorded, in seconds since 1970; `None` for as long as the stack has been there.
    complete_since: Option<i64>,
    /// When, and which.
    recorded: Vec<(i64, AccountId)>,
}

/// The same as JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    format: u32,
    region: Region,
    complete_since: Option<i64>,
    removals: Vec<(i64, AccountId)>,
}

impl RecentRemovals {
    /// What is known of them where the record is lost: those from now on.
    pub fn unknown_before(now: DateTime) -> Self {
        Self { complete_since: Some(now.secs()), recorded: Vec::new() }
    }

    /// Reads a Region's record, which was written at a time by the clock of S3.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn parse(body: &[u8], region: &Region, written: Option<i64>) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(body)
            .map_err(|error| format!("it is not in the format of this version ({error})"))?;
        if document.format != FORMAT || document.region != *region {
            return Err(format!("it is of format {} and {}", document.format, document.region));
        }
        let times = document.removals.iter().map(|(time, _)| *time).chain(document.complete_since);
        if let (Some(written), Some(last)) = (written, times.max())
            && last > written.saturating_add(MAX_SKEW)
        {
            return Err("it has a time after the one at which it was written".to_owned());
        }
        Ok(Self { complete_since: document.complete_since, recorded: document.removals })
    }

    /// The Region's record.
    pub fn to_json(&self, region: &Region) -> Vec<u8> {
        let (complete_since, removals) = (self.complete_since, self.recorded.clone());
        let document = Document { format: FORMAT, region: region.clone(), complete_since, removals };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// From when on all removals of a day are known, if that is not so yet.
    pub fn complete_from(&self, now: DateTime) -> Option<DateTime> {
        let from = self.complete_since?.saturating_add(DAY);
        (now.secs() < from).then(|| DateTime::from_secs(from))
    }

    /// How many members were removed in the last day, or were about to be.
    pub fn count(&self, now: DateTime) -> usize {
        self.lately(now).count()
    }

    /// How many of the accounts that were removed in the last day are no members any more.
    pub fn count_of_former(&self, members: &BTreeMap<AccountId, Member>, now: DateTime) -> usize {
        let former: BTreeSet<AccountId> = self.lately(now).map(|(_, id)| id).collect();
        former.into_iter().filter(|id| !members.contains_key(id)).count()
    }

    /// Whether a removal of the account is recorded.
    pub fn names(&self, id: AccountId, now: DateTime) -> bool {
        self.lately(now).any(|(_, other)| other == id)
    }

    /// Whether it is recorded that this very membership was to be removed: a call that failed is repeated.
    pub fn has(&self, member: &Member, now: DateTime) -> bool {
        self.lately(now).any(|(time, id)| id == member.id && time >= began(member))
    }

    /// The record with the removal of these members, and without what is older than a day. One that is repeated, because a call
    /// failed, counts once, from now on.
    #[must_use]
    pub fn with<'a>(&self, removed: impl IntoIterator<Item = &'a Member>, now: DateTime) -> Self {
        let removed: BTreeMap<AccountId, i64> = removed.into_iter().map(|member| (member.id, began(member))).collect();
        let is_repeated = |(time, id): &(i64, AccountId)| removed.get(id).is_some_and(|began| time >= began);
        let earlier = self.lately(now).filter(|one| !is_repeated(one));
        let recorded = earlier.chain(removed.keys().map(|id| (now.secs(), *id))).collect();
        Self { complete_since: self.complete_from(now).and(self.complete_since), recorded }
    }

    fn lately(&self, now: DateTime) -> impl Iterator<Item = (i64, AccountId)> {
        self.recorded.iter().copied().filter(move |(time, _)| *time > now.secs() - DAY)
    }
}

/// Since when it has been a member by this membership, in seconds since 1970.
fn began(member: &Member) -> i64 {
    member.invited.map_or(i64::MIN, |invited| invited.secs())
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_767_603_600;

    fn at(seconds: i64) -> DateTime {
        DateTime::from_secs(NOW + seconds)
    }

    fn member(number: u64, invited: Option<i64>) -> Member {
        Member {
            invited: invited.map(at),
            ..Member::with_status(format!("{number:012}").parse().unwrap(), MemberStatus::Enabled)
        }
    }

    fn region() -> Region {
        "eu-west-1".parse().unwrap()
    }

    #[test]
    fn what_is_recorded_is_read_again_and_counts_for_a_day() {
        let recent = RecentRemovals::default().with(&[member(1, None), member(2, Some(-9))], at(0));
        let read = RecentRemovals::parse(&recent.to_json(&region()), &region(), Some(NOW)).unwrap();
        assert_eq!(read, recent);
        assert_eq!([1, DAY - 1, DAY].map(|seconds| read.count(at(seconds))), [2, 2, 0]);
        assert_eq!(read.with(&[member(3, None)], at(DAY)).count(at(DAY)), 1, "what is older is forgotten");
        let members = BTreeMap::from([(member(2, None).id, member(2, None))]);
        assert_eq!(read.count_of_former(&members, at(1)), 1);
        let named = [(2, 1), (3, 1), (2, DAY)].map(|(number, time)| read.names(member(number, None).id, at(time)));
        assert_eq!(named, [true, false, false]);
    }

    #[test]
    fn the_function_s_clock_may_be_five_minutes_ahead_of_that_of_s3() {
        let body = RecentRemovals::default().with(&[member(1, None)], at(0)).to_json(&region());
        let is_read = |written| RecentRemovals::parse(&body, &region(), Some(NOW - written)).is_ok();
        assert_eq!([300, 301].map(is_read), [true, false]);
    }

    #[test]
    fn a_removal_that_is_repeated_counts_once_and_one_of_a_member_that_came_back_counts_again() {
        let recent = RecentRemovals::default().with(&[member(1, Some(-9))], at(0));
        assert!(recent.has(&member(1, Some(-9)), at(60)) && recent.has(&member(1, None), at(60)));
        let repeated = recent.with(&[member(1, Some(-9))], at(60));
        assert_eq!([at(60), at(DAY + 59), at(DAY + 60)].map(|time| repeated.count(time)), [1, 1, 0]);
        assert!(!recent.has(&member(1, Some(30)), at(60)), "it was invited after it was removed");
        assert_eq!(recent.with(&[member(1, Some(30))], at(60)).count(at(60)), 2);
    }

    #[test]
    fn what_is_lost_is_known_again_after_a_day() {
        let recent = RecentRemovals::unknown_before(at(0)).with(&[member(1, None)], at(60));
        assert_eq!(recent.complete_from(at(60)), Some(at(DAY)));
        let later = recent.with(&[member(2, None)], at(DAY));
        assert_eq!(later.complete_from(at(DAY)), None);
        assert_eq!(later.complete_since, None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (field, value) in [
            ("format", json!(2)),
            ("region", json!("us-east-1")),
            ("completeSince", json!(NOW + 301)),
            ("removals", json!([[NOW + 301, "000000000001"]])),
            ("removals", json!([[NOW, "root@example.com"]])),
            ("percent", json!(0)),
        ] {
            let mut document: Value = serde_json::from_slice(&RecentRemovals::default().to_json(&region())).unwrap();
            document[field] = value;
            let body = document.to_string();
            assert!(RecentRemovals::parse(body.as_bytes(), &region(), Some(NOW)).is_err(), "{body}");
        }
        for body in [&b""[..], b"{}", b"null", b"[", &[0xff; 9]] {
            assert!(RecentRemovals::parse(body, &region(), Some(NOW)).is_err());
        }
    }
}
