//! What a run leaves for the next one.

use aws_sdk_detective::types::MemberStatus;
use detective_onboarding::aws::history_store::{Remembered, StoredHistory};
use detective_onboarding::aws::s3::Existing;
use detective_onboarding::error::Failure;
use detective_onboarding::model::history::Invitations;

use super::super::findings::GraphRun;
use super::super::remember::{contradiction, covered, members_out_of_scope, warning};
use super::*;

const INVITED: MemberStatus = MemberStatus::Invited;

/// What a run leaves that is named by the minute before.
fn left(observed: &Observed, before: Option<&History>) -> History {
    let (region, graph, time) = ("eu-west-1".parse().unwrap(), graph(), DateTime::from_secs(NOW - 60));
    let findings = observed.findings();
    let run = GraphRun { region: &region, graph: &graph, correlation: "", time };
    findings.remember(&run, before, Some(findings.published(None)))
}

#[test]
fn a_run_leaves_since_when_accounts_are_uncovered_and_out_of_scope_and_who_is_of_the_organization() {
    let own = |(id, member)| (id, Member { of_organization: true, ..member });
    let observed = Observed::of(&[(1, IN), (2, IN), (3, IN), (4, Scope::Excluded), (5, Scope::NotIncluded), (6, IN)])
        .with_members([
            own(member(2, MemberStatus::Enabled)),
            member(4, MemberStatus::Enabled),
            member(5, MemberStatus::Enabled),
            member(7, MemberStatus::Enabled),
            member(8, MemberStatus::Enabled),
            own(member(9, MemberStatus::Enabled)),
        ])
        .with_outcomes([(5, Outcome::Removed), (6, done(Action::Created, INVITED))]);
    let observed = Observed { waiting: [(id(8), 60)].into(), ..observed.covered() };
    let mut before = history();
    before.uncovered = [(id(3), NOW - DAY)].into();
    before.out_of_scope = [(id(4), NOW - DAY)].into();
    before.of_organization = [id(7)].into();
    let after = left(&observed, Some(&before));
    assert_eq!((after.time, after.run, after.graph, after.published.is_some()), (NOW, NOW - 60, graph(), true));
    assert_eq!(after.uncovered, [(id(3), NOW - DAY), (id(6), NOW)].into());
    assert_eq!(after.out_of_scope, [(id(4), NOW - DAY)].into());
    assert_eq!(after.of_organization, [id(4), id(6), id(7)].into());
    assert_eq!(after.invitations, [(id(6), Invitations { count: 1, last: NOW })].into());
    let first = left(&observed, None);
    assert_eq!(first.uncovered, [(id(3), NOW), (id(6), NOW)].into());
    assert_eq!((first.out_of_scope, first.of_organization), ([(id(4), NOW)].into(), [id(4), id(6)].into()));
}

#[test]
fn the_invitations_of_an_account_are_counted_once_each_and_forgotten_two_weeks_after_it_is_covered() {
    let known = |count, last| Some(Invitations { count, last });
    let at = |seconds| Member { invited: Some(DateTime::from_secs(seconds)), ..member(2, INVITED).1 };
    let long_ago = NOW - 14 * DAY;
    for (what, before, of_detective, outcome, is_covered, expected) in [
        ("nothing is known", None, None, None, false, None),
        ("it was invited by somebody", None, Some(at(NOW - 60)), None, false, known(1, NOW - 60)),
        ("by a clock that is ahead", None, Some(at(NOW + 60)), None, false, known(1, NOW)),
        ("the same", known(1, NOW - DAY), Some(at(NOW - DAY / 2)), None, false, known(1, NOW - DAY)),
        ("another", known(1, NOW - DAY), Some(at(NOW - DAY / 2 + 1)), None, false, known(2, NOW - DAY / 2 + 1)),
        ("a run invites it", known(1, NOW - DAY), None, Some((Action::Created, INVITED)), false, known(2, NOW)),
        (
            "again",
            known(2, 5),
            None,
            Some((Action::Reinvited, MemberStatus::VerificationInProgress)),
            false,
            known(3, NOW),
        ),
        ("it is enabled at once", None, None, Some((Action::Created, MemberStatus::Enabled)), false, None),
        ("it is started", None, None, Some((Action::Started, INVITED)), false, None),
        ("it is not covered for long", known(9, 5), None, None, false, known(9, 5)),
        ("it is covered", known(9, long_ago + 1), None, None, true, known(9, long_ago + 1)),
        ("it is covered for long", known(9, long_ago), None, None, true, None),
    ] {
        let mut observed = Observed::of(&[(1, IN), (2, IN)]);
        observed.members.extend(of_detective.map(|member| (id(2), member)));
        observed.outcomes.extend(outcome.map(|(action, status)| (id(2), done(action, status))));
        observed.covered.extend(is_covered.then(|| id(2)));
        let mut history = history();
        history.invitations.extend(before.map(|before| (id(2), before)));
        let left = left(&observed, Some(&history)).invitations;
        assert_eq!(left.get(&id(2)).copied(), expected, "{what}");
        assert_eq!(left.len(), usize::from(expected.is_some()), "{what}");
    }
    // One that Detective has not stated a time of counts from its last change, and an account of nobody is forgotten.
    let updated = Member { updated: Some(DateTime::from_secs(9)), ..member(2, INVITED).1 };
    let observed = Observed::of(&[(1, IN)]).with_members([(id(2), updated)]);
    let mut history = history();
    history.invitations = [(id(3), Invitations { count: 1, last: NOW })].into();
    let left = left(&observed, Some(&history)).invitations;
    assert_eq!(left, [(id(2), Invitations { count: 1, last: 9 })].into());
}

#[test]
fn alerts_are_compared_with_what_was_found() {
    let observed = Observed::of(&[(1, IN), (2, IN), (3, IN)]).with_members([member(2, MemberStatus::Enabled)]);
    let observed = Observed { stuck: vec![id(3)], ..observed.covered() };
    let expected = Published {
        time: NOW,
        in_scope: 2,
        enabled: 1,
        covered: [id(2)].into(),
        stuck: [id(3)].into(),
        alerted: Some(5),
    };
    assert_eq!(observed.findings().published(Some(5)), expected);
}

#[test]
fn who_was_covered_and_is_not_is_lost() {
    let covered = BTreeSet::from([id(2), id(4)]);
    let mut before = history();
    before.published.as_mut().unwrap().covered = [id(2), id(3)].into();
    let lost = |remembered| StoredHistory::new(remembered, Existing::Any).no_longer_covered(&covered);
    assert_eq!(lost(Remembered::Known(before.clone().into())), [id(3)]);
    assert_eq!(lost(Remembered::FirstRun), []);
    before.published = None;
    assert_eq!(lost(Remembered::Known(before.into())), []);
}

#[test]
fn a_history_that_leaves_out_who_is_monitored_for_long_contradicts_detective() {
    let since = |seconds, status| {
        let (id, member) = member(2, status);
        BTreeMap::from([(id, Member { updated: Some(DateTime::from_secs(seconds)), ..member })])
    };
    let (before, long_ago) = (history(), NOW - 3 * HOUR);
    let edge = before.time - HOUR;
    let found = |history: &History, members| contradiction(history, &members);
    let problem = "it leaves out 1 accounts that Detective has monitored since before it was written";
    assert_eq!(found(&before, since(long_ago, MemberStatus::Enabled)).as_deref(), Some(problem));
    assert_eq!(found(&before, since(edge - 1, MemberStatus::Enabled)).as_deref(), Some(problem));
    assert_eq!(found(&before, since(edge, MemberStatus::Enabled)), None, "it may have changed since");
    assert_eq!(found(&before, since(edge + 1, MemberStatus::Enabled)), None);
    assert_eq!(found(&before, since(long_ago, MemberStatus::AcceptedButDisabled)), None);
    assert_eq!(found(&before, [member(2, MemberStatus::Enabled)].into()), None, "since when is not known");
    let mut knows = before.clone();
    knows.published.as_mut().unwrap().covered = [id(2)].into();
    assert_eq!(found(&knows, since(long_ago, MemberStatus::Enabled)), None);
    let mut knows = before.clone();
    knows.uncovered = [(id(2), 5)].into();
    assert_eq!(found(&knows, since(long_ago, MemberStatus::Enabled)), None);
    let mut earlier = before;
    earlier.published.as_mut().unwrap().time -= 1;
    assert_eq!(found(&earlier, since(long_ago, MemberStatus::Enabled)), None, "the last run published nothing");
}

#[test]
fn people_are_warned_of_the_worst_first() {
    let now = DateTime::from_secs(NOW);
    let other = GRAPH.replace("graph:0", "graph:1").parse().unwrap();
    let known = Remembered::Known(history().into());
    let failure = Failure::UnusableAdministrator("it is suspended".to_owned());
    let unusable = warning(Some(&failure), &known, Some(&other), now).unwrap();
    assert!(unusable.contains("it is suspended"), "{unusable}");
    let lost = warning(None, &Remembered::Lost("it is gone".to_owned()), Some(&other), now).unwrap();
    assert!(lost.contains("it is gone"), "{lost}");
    let another = warning(None, &known, Some(&other), now).unwrap();
    assert!(another.contains("another one than in the last run") && another.contains(GRAPH), "{another}");
    assert_eq!(warning(None, &known, Some(&graph()), now), None);
    assert_eq!(warning(None, &known, None, now), None);
    assert_eq!(warning(None, &Remembered::FirstRun, Some(&other), now), None);
}

#[test]
fn members_out_of_scope_and_covered_ones_are_counted_by_what_they_are_after_the_run() {
    let observed = Observed::of(&[(1, IN), (2, IN), (3, Scope::Excluded), (4, Scope::NotIncluded)])
        .with_members([2, 3, 5].map(|number| member(number, MemberStatus::Enabled)))
        .with_outcomes([(3, Outcome::Removed), (4, done(Action::Created, MemberStatus::Enabled))]);
    assert!(members_out_of_scope(&observed.organization, &observed.members).eq([id(3)]));
    assert_eq!(covered(&observed.members, &observed.outcomes), [id(2), id(4), id(5)].into());
}
