//! The page's data as it is kept in the bucket: from it the next run takes the Regions that it does not work on itself, and it tells
//! whether what is remembered of a Region, under another key, is still what a run left.

use std::collections::BTreeMap;

use detective_onboarding::model::account::AccountId;
use serde::{Deserialize, Serialize};

use super::columns::{Region, region};
use super::part::{RegionPart, RegionSummary, State};

/// The longest document, in bytes. Whoever may write to the bucket may write more.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// The version of the format. The one before was a list of Regions.
const FORMAT: u32 = 2;

/// What runs leave of all Regions.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Kept {
    /// What the page shows, by Region.
    pub(crate) parts: BTreeMap<String, RegionPart>,
    /// What the next run needs to know of what is remembered, by Region.
    pub(crate) notes: BTreeMap<String, Note>,
    /// Whether a run has left notes: earlier versions left none.
    pub(crate) has_notes: bool,
}

/// What is to be known of a Region's `state/`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The tag that S3 gave the document which the last run left.
    pub(crate) state: Option<String>,
    /// When people were last told that it cannot be read, in seconds since 1970.
    pub(crate) told: Option<i64>,
}

/// The same as JSON. Ten thousand accounts in seventeen Regions take 800 KB.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    accounts: &'a [AccountId],
    regions: Vec<Region<'a>>,
    notes: &'a BTreeMap<String, Note>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Document(StoredDocument),
    Earlier(Vec<RegionPart>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredDocument {
    format: u32,
    accounts: Vec<AccountId>,
    regions: Vec<StoredRegion>,
    notes: BTreeMap<String, Note>,
}

#[derive(Deserialize)]
struct StoredRegion {
    #[serde(flatten)]
    summary: RegionSummary,
    kinds: Vec<State>,
    states: Vec<i64>,
}

impl Kept {
    /// Reads what runs left. Whatever else somebody wrote there is nothing: the page begins anew.
    pub(super) fn parse(body: &[u8]) -> Self {
        let (parts, notes, has_notes) = match serde_json::from_slice(body).ok().filter(|_| body.len() <= MAX_BYTES) {
            Some(Stored::Document(document)) if document.format == FORMAT => {
                let part = |stored: StoredRegion| stored.part(&document.accounts);
                (document.regions.into_iter().map(part).collect(), document.notes, true)
            }
            Some(Stored::Earlier(parts)) => {
                (parts.into_iter().map(RegionPart::upgraded).collect(), BTreeMap::new(), false)
            }
            _ => (Vec::new(), BTreeMap::new(), false),
        };
        Self { parts: parts.into_iter().map(|part| (part.summary.region.clone(), part)).collect(), notes, has_notes }
    }

    /// The document. Where so many accounts have so much to say that it would be too long, it has no sentences; then no accounts.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let whole = self.json(self.parts.values());
        if whole.len() <= MAX_BYTES {
            return whole;
        }
        let without_sentences: Vec<RegionPart> = self.parts.values().map(RegionPart::without_sentences).collect();
        let shorter = self.json(without_sentences.iter());
        if shorter.len() <= MAX_BYTES {
            return shorter;
        }
        let empty = |part: &RegionPart| RegionPart::new(part.summary.clone(), std::iter::empty());
        let without_accounts: Vec<RegionPart> = self.parts.values().map(empty).collect();
        self.json(without_accounts.iter())
    }

    fn json<'a>(&self, parts: impl Iterator<Item = &'a RegionPart> + Clone) -> Vec<u8> {
        let mut accounts: Vec<AccountId> = parts.clone().flat_map(|part| part.accounts.iter().copied()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let regions = parts.map(|part| region(part, &accounts)).collect();
        let document = Document { format: FORMAT, accounts: &accounts, regions, notes: &self.notes };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

impl StoredRegion {
    fn part(self, accounts: &[AccountId]) -> RegionPart {
        let states = accounts.iter().zip(self.states);
        let known = states.filter_map(|(id, state)| Some((*id, u32::try_from(state).ok()?)));
        let (accounts, states) = known.unzip();
        RegionPart { summary: self.summary, accounts, states, kinds: self.kinds }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use detective_onboarding::plan::needs::Needs;
    use serde_json::json;

    use super::*;

    const REGIONS: u64 = 17;
    const ACCOUNTS: u64 = 10_000;

    /// Regions with a month of runs and these accounts, each with a sentence.
    fn kept(sentence: impl Fn(u64) -> String) -> Kept {
        let part = |number: u64| {
            let summary = RegionSummary {
                region: format!("ap-southeast-{number}"),
                time: "2026-01-02T00:00:00Z".to_owned(),
                dry_run: false,
                graph_arn: "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef".to_owned(),
                in_scope: 10_000,
                enabled: 10_000,
                percent: 99.99,
                runs: vec![("2026-01-02T00:00:00Z".to_owned(), 99.99); 240],
            };
            let state = |account: u64| {
                let message = Cow::Owned(sentence(account));
                let reason = Cow::Owned(format!("reason-{}", account % 30));
                let (status, outcome, action) = ("ENABLED".into(), "blocked".into(), "".into());
                let id = format!("3000{account:08}").parse().unwrap();
                (id, State { status, outcome, action, reason, message, needs: Needs::Person })
            };
            // Not every Region has every account.
            RegionPart::new(summary, (number..ACCOUNTS).map(state))
        };
        let parts = (0..REGIONS).map(part).map(|part| (part.summary.region.clone(), part)).collect();
        let note = Note { state: Some("\"0123456789abcdef0123456789abcdef\"".to_owned()), told: Some(1_767_603_600) };
        Kept { parts, notes: [("eu-west-1".to_owned(), note)].into(), has_notes: true }
    }

    #[test]
    fn what_runs_leave_of_ten_thousand_accounts_in_seventeen_regions_is_read_again_and_is_no_megabyte() {
        let kept = kept(|account| format!("sentence {}", account % 30));
        let body = kept.to_json();
        assert!(body.len() < MAX_BYTES * 4 / 5, "{}", body.len());
        assert_eq!(Kept::parse(&body), kept);
    }

    #[test]
    fn where_each_account_has_a_sentence_of_its_own_the_accounts_stay_and_the_sentences_do_not() {
        let kept = kept(|account| format!("it is not known until then whether account {account} may be invited again"));
        let body = kept.to_json();
        assert!(body.len() < MAX_BYTES, "{}", body.len());
        let read = Kept::parse(&body);
        assert_eq!(read.notes, kept.notes);
        for (region, part) in &kept.parts {
            let reasons = |part: &RegionPart| -> Vec<(AccountId, String)> {
                part.states().map(|(id, state)| (id, state.reason.to_string())).collect()
            };
            assert_eq!(reasons(&read.parts[region]), reasons(part));
            assert!(read.parts[region].states().all(|(_, state)| state.message.is_empty()));
        }
    }

    #[test]
    fn what_no_run_wrote_is_nothing_and_what_an_earlier_version_wrote_is_read() {
        for body in [&b""[..], b"{", b"null", b"{}", br#"{"format":3,"accounts":[],"regions":[],"notes":{}}"#] {
            assert_eq!(Kept::parse(body), Kept::default());
        }
        assert_eq!(Kept::parse(&[b" ".repeat(MAX_BYTES), b"[]".to_vec()].concat()), Kept::default());
        let (region, part) = kept(|_| String::new()).parts.pop_first().unwrap();
        let earlier = Kept::parse(json!([part]).to_string().as_bytes());
        assert_eq!((earlier.parts, earlier.notes), ([(region, part)].into(), BTreeMap::new()));
    }
}
