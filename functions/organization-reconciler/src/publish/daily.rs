//! The daily digest: coverage, what changed since the last one, and what needs a person, for people who read mail or a chat.
//!
//! It has account ids and no names: owners of accounts choose names, and a mail or a chat makes links of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aws_smithy_types::DateTime;
use detective_onboarding::aws::notice::Notice;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::time::format_time;
use detective_onboarding::plan::needs::Needs;
use detective_onboarding::report::coverage;
use serde::{Deserialize, Serialize};

use super::digest::was_alerted_lately;
use super::page::RegionPart;

/// How many reasons are listed, and how many accounts of each and of what changed.
const REASONS: usize = 10;
const NAMED: usize = 10;

/// What the next digest is compared with.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Day {
    /// When the digest was made, in seconds since 1970.
    time: i64,
    regions: BTreeMap<String, RegionDay>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegionDay {
    in_scope: usize,
    enabled: usize,
    /// Whoever is covered, in scope or not.
    covered: BTreeSet<AccountId>,
}

impl Day {
    /// What there is to compare with in these Regions.
    pub(super) fn of(now: DateTime, parts: &[&RegionPart]) -> Self {
        let day = |part: &&RegionPart| {
            let (in_scope, enabled, covered) = (part.summary.in_scope, part.summary.enabled, part.covered());
            (part.summary.region.clone(), RegionDay { in_scope, enabled, covered })
        };
        Self { time: now.secs(), regions: parts.iter().map(day).collect() }
    }

    /// Whether it was made before this time: what states anything else was not made by this function.
    pub(super) fn is_before(&self, now: DateTime) -> bool {
        self.time <= now.secs()
    }

    /// Whether it is time for another digest.
    pub(super) fn is_over(&self, now: DateTime) -> bool {
        !was_alerted_lately(Some(self.time), now)
    }

    fn totals(&self) -> (usize, usize) {
        self.regions.values().fold((0, 0), |(enabled, all), day| (enabled + day.enabled, all + day.in_scope))
    }
}

/// Accounts that need a person for the same reason.
#[derive(Default)]
struct Group<'a> {
    accounts: BTreeSet<AccountId>,
    regions: BTreeSet<&'a str>,
    message: &'a str,
}

/// The digest of a day, after an earlier one. `place` states where all accounts are.
pub(super) fn digest(today: &Day, before: Option<&Day>, parts: &[&RegionPart], place: &str) -> Notice {
    let groups = need_person(parts);
    let people: BTreeSet<AccountId> = groups.iter().flat_map(|(_, group)| &group.accounts).copied().collect();
    let (enabled, in_scope) = today.totals();
    let needs = match people.len() {
        0 => "nothing needs a person".to_owned(),
        1 => "1 account needs a person".to_owned(),
        count => format!("{count} accounts need a person"),
    };
    let title = format!("Detective coverage: {}, {needs}", percent(enabled, in_scope));
    let mut text = format!("Covered: {}\n", share(today.totals(), before.map(Day::totals)));
    for (region, day) in &today.regions {
        let earlier = before.and_then(|before| before.regions.get(region)).map(|day| (day.enabled, day.in_scope));
        let _ = writeln!(text, "- {region}: {}", share((day.enabled, day.in_scope), earlier));
    }
    text.push_str(&changes(today, before));
    let _ = writeln!(text, "\nWhat needs a person\n");
    if groups.is_empty() {
        text.push_str("- nothing\n");
    }
    for (reason, group) in groups.iter().take(REASONS) {
        let regions = group.regions.iter().copied().collect::<Vec<_>>().join(", ");
        let accounts = ids(&group.accounts);
        let _ = writeln!(text, "- {} {reason} in {regions}: {accounts}", group.accounts.len());
    }
    if groups.len() > REASONS {
        let _ = writeln!(text, "- and {} more reasons", groups.len() - REASONS);
    }
    let todo = |(reason, group): &(String, Group<'_>)| format!("{reason}: {}", group.message);
    let mut next_steps: Vec<String> =
        groups.iter().filter(|(_, group)| !group.message.is_empty()).take(REASONS).map(todo).collect();
    next_steps.push(format!("All accounts: {place}"));
    Notice { title, text, next_steps }
}

/// What needs a person, by reason and in all Regions: what most accounts have comes first.
fn need_person<'a>(parts: &[&'a RegionPart]) -> Vec<(String, Group<'a>)> {
    let mut groups = BTreeMap::<&str, Group<'_>>::new();
    for part in parts {
        for (id, state) in part.states().filter(|(_, state)| state.needs == Needs::Person) {
            let reason = if state.reason.is_empty() { &state.status } else { &state.reason };
            let group = groups.entry(reason).or_default();
            group.accounts.insert(id);
            group.regions.insert(&part.summary.region);
            group.message = &state.message;
        }
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(reason, group)| (reason.to_owned(), group)).collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.accounts.len()));
    groups
}

fn changes(today: &Day, before: Option<&Day>) -> String {
    let Some(before) = before else {
        return "\nThis is the first digest: the next one names what changed.\n".to_owned();
    };
    let since = format_time(DateTime::from_secs(before.time));
    let mut text = format!("\nWhat changed since {since}\n\n");
    let unchanged = text.len();
    for (region, day) in &today.regions {
        let Some(earlier) = before.regions.get(region) else {
            let _ = writeln!(text, "- {region} is new");
            continue;
        };
        for (accounts, what) in
            [(&earlier.covered - &day.covered, "covered no longer"), (&day.covered - &earlier.covered, "newly covered")]
        {
            if !accounts.is_empty() {
                let _ = writeln!(text, "- {} {what} in {region}: {}", accounts.len(), ids(&accounts));
            }
        }
    }
    for region in before.regions.keys().filter(|region| !today.regions.contains_key(*region)) {
        let _ = writeln!(text, "- {region} was not observed for a month");
    }
    if text.len() == unchanged {
        text.push_str("- nothing\n");
    }
    text
}

fn share((enabled, in_scope): (usize, usize), before: Option<(usize, usize)>) -> String {
    let was = before.map_or_else(String::new, |(enabled, all)| format!(", before {}", percent(enabled, all)));
    format!("{enabled} of {in_scope} in scope ({}{was})", percent(enabled, in_scope))
}

fn percent(enabled: usize, in_scope: usize) -> String {
    format!("{} %", coverage::share(enabled, in_scope).unwrap_or(100.0))
}

fn ids(accounts: &BTreeSet<AccountId>) -> String {
    let mut names: Vec<String> = accounts.iter().take(NAMED).map(AccountId::to_string).collect();
    if accounts.len() > NAMED {
        names.push(format!("and {} more", accounts.len() - NAMED));
    }
    names.join(", ")
}
