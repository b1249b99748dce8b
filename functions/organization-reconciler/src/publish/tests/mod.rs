//! What is published, from what a run observed: without a bucket, a bus or a clock.

mod confirm;
mod daily;
mod digest;
mod remember;
mod reports;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::types::MemberStatus;
use aws_smithy_types::DateTime;
use detective_onboarding::model::account::{AccountId, AccountState, Email, OrganizationAccount};
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::history::{History, Published};
use detective_onboarding::model::member::Member;
use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::policy::Scope;
use detective_onboarding::plan::held::{Held, HeldReason};
use detective_onboarding::report::coverage::{self, Coverage};
use detective_onboarding::report::outcome::{Action, Outcome};

use super::findings::{Findings, Unread};

/// When the run is, in seconds since 1970: long enough after it that nothing is before it.
const NOW: i64 = 1_767_603_600;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const GRAPH: &str = "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef";
const IN: Scope = Scope::In { rank: 0 };

fn id(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn graph() -> GraphArn {
    GRAPH.parse().unwrap()
}

/// A member by an invitation, of which nothing else is known.
fn member(number: u64, status: MemberStatus) -> (AccountId, Member) {
    let (disabled_reason, invited, updated, email) = Default::default();
    let id = id(number);
    (id, Member { id, status, disabled_reason, invited, updated, email, of_organization: false })
}

fn done(action: Action, status: MemberStatus) -> Outcome {
    Outcome::Done { action, status }
}

fn held(reason: HeldReason) -> Outcome {
    Outcome::Held(Held { reason, message: "because".into() })
}

/// What the last run left, an hour ago, of a Region in which nothing was wrong.
fn history() -> History {
    History {
        time: NOW - HOUR,
        run: NOW - HOUR,
        graph: graph(),
        uncovered: BTreeMap::new(),
        invitations: BTreeMap::new(),
        out_of_scope: BTreeMap::new(),
        of_organization: BTreeSet::new(),
        removals_begun: false,
        removed: BTreeMap::new(),
        published: Some(published()),
    }
}

fn published() -> Published {
    Published { time: NOW - HOUR, in_scope: 4, enabled: 4, ..Published::default() }
}

/// What a run observed.
#[derive(Default)]
struct Observed {
    organization: Organization,
    members: BTreeMap<AccountId, Member>,
    outcomes: BTreeMap<AccountId, Outcome>,
    coverage: Coverage,
    covered: BTreeSet<AccountId>,
    warning: Option<&'static str>,
    unread: Option<Unread>,
    waiting: BTreeMap<AccountId, i64>,
    stuck: Vec<AccountId>,
    no_longer_covered: Vec<AccountId>,
}

impl Observed {
    /// An organization with these accounts, whose administrator is the first account.
    fn of(accounts: &[(u64, Scope)]) -> Self {
        let account = |(number, scope): &(u64, Scope)| {
            let (id, email) = (id(*number), Some(Email::new("root@example.com")));
            (id, (OrganizationAccount { id, name: None, email, state: AccountState::Active, units: None }, *scope))
        };
        Self { organization: accounts.iter().map(account).collect(), ..Self::default() }
    }

    fn with_members(mut self, members: impl IntoIterator<Item = (AccountId, Member)>) -> Self {
        self.members.extend(members);
        self
    }

    fn with_outcomes(mut self, outcomes: impl IntoIterator<Item = (u64, Outcome)>) -> Self {
        self.outcomes.extend(outcomes.into_iter().map(|(number, outcome)| (id(number), outcome)));
        self
    }

    /// The same with the coverage that follows, where members that are ENABLED are left as they are.
    fn covered(mut self) -> Self {
        for member in self.members.values().filter(|member| member.status == MemberStatus::Enabled) {
            let kept = done(Action::None, MemberStatus::Enabled);
            self.outcomes.entry(member.id).or_insert(kept);
        }
        self.covered = super::remember::covered(&self.members, &self.outcomes);
        self.coverage = coverage::coverage(id(1), &self.organization, &self.members, &self.outcomes, 0);
        self
    }

    fn findings(&self) -> Findings<'_> {
        Findings {
            organization: &self.organization,
            administrator: id(1),
            members: &self.members,
            outcomes: &self.outcomes,
            coverage: &self.coverage,
            covered: &self.covered,
            warning: self.warning,
            unread: self.unread,
            waiting: &self.waiting,
            stuck: &self.stuck,
            no_longer_covered: &self.no_longer_covered,
            failures: None,
            removals_begun: false,
            is_partial: false,
            now: DateTime::from_secs(NOW),
        }
    }
}
