//! Whether people are alerted, and what they are told.

use serde_json::{Value, json};

use super::super::digest::{self, Decision, gone, lost, was_alerted_lately};
use super::*;

/// What is decided where nothing fails in each run.
fn decide(findings: &Findings<'_>, last: Option<&History>, alert_percent: f64) -> Decision {
    digest::decide(findings, last, BTreeMap::new(), alert_percent)
}

/// Four accounts that are covered.
fn whole() -> Observed {
    Observed::of(&[(1, IN), (2, IN), (3, IN), (4, IN), (5, IN)])
        .with_members([2, 3, 4, 5].map(|number| member(number, MemberStatus::Enabled)))
        .covered()
}

/// The same, of which one waits.
fn with_one_stuck() -> Observed {
    let waiting = member(5, MemberStatus::AcceptedButDisabled);
    let observed = whole().with_members([waiting]).with_outcomes([(5, held(HeldReason::VolumeTooHigh))]).covered();
    Observed { waiting: [(id(5), 60)].into(), stuck: vec![id(5)], ..observed }
}

fn alerted(history: History, at: i64) -> History {
    History { published: history.published.map(|published| Published { alerted: Some(at), ..published }), ..history }
}

fn detail_of(observed: &Observed, last: Option<&History>) -> Value {
    match decide(&observed.findings(), last, 0.0) {
        Decision::Send(digest) => digest.detail(&observed.findings()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn people_are_alerted_when_something_is_worse_and_once_a_day_while_it_lasts() {
    let is_sent = |observed: &Observed, last: Option<&History>, least| match decide(&observed.findings(), last, least) {
        Decision::Send(_) => "sent",
        Decision::Sent(_) => "sent before",
        Decision::Nothing => "nothing",
    };
    let (before, known) = (history(), with_one_stuck());
    assert_eq!(is_sent(&whole(), Some(&before), 90.0), "nothing");
    assert_eq!(is_sent(&whole(), None, 90.0), "nothing");
    assert_eq!(is_sent(&whole(), Some(&before), 100.0), "nothing", "it is as high as it should be");
    // What was so before: three of four, and the same account stuck.
    let mut same = history();
    let published = same.published.as_mut().unwrap();
    (published.enabled, published.stuck) = (3, [id(5)].into());
    assert_eq!(is_sent(&known, Some(&same), 0.0), "sent", "it lasts, and nobody was alerted");
    assert_eq!(is_sent(&known, Some(&alerted(same.clone(), NOW - HOUR)), 0.0), "sent before");
    assert_eq!(is_sent(&known, Some(&alerted(same.clone(), NOW - DAY)), 0.0), "sent");
    let worse = Observed { warning: Some("it is lost"), ..with_one_stuck() };
    assert_eq!(is_sent(&worse, Some(&alerted(same.clone(), NOW - HOUR)), 0.0), "sent");
    let worse = Observed { no_longer_covered: vec![id(9)], ..with_one_stuck() };
    assert_eq!(is_sent(&worse, Some(&alerted(same.clone(), NOW - HOUR)), 0.0), "sent");
    let removed = with_one_stuck().with_outcomes([(2, Outcome::Removed)]);
    assert_eq!(is_sent(&removed, Some(&alerted(same.clone(), NOW - HOUR)), 0.0), "sent");
    let mut one_less = same.clone();
    one_less.published.as_mut().unwrap().stuck.clear();
    assert_eq!(is_sent(&known, Some(&alerted(one_less, NOW - HOUR)), 0.0), "sent", "another one is stuck");
    let mut higher = same.clone();
    higher.published.as_mut().unwrap().enabled = 4;
    assert_eq!(is_sent(&known, Some(&alerted(higher, NOW - HOUR)), 0.0), "sent", "coverage fell");
    // Low coverage alone, where nobody is stuck.
    let low = Observed { stuck: Vec::new(), ..with_one_stuck() };
    assert_eq!(is_sent(&low, Some(&same), 75.0), "nothing");
    assert_eq!(is_sent(&low, Some(&same), 75.1), "sent");
    assert_eq!(is_sent(&low, Some(&alerted(same, NOW - HOUR)), 75.1), "sent before");
    assert_eq!((is_sent(&low, None, 75.1), is_sent(&low, None, 75.0)), ("sent", "nothing"));
    let unpublished = History { published: None, ..history() };
    assert_eq!(is_sent(&low, Some(&unpublished), 75.1), "sent");
}

#[test]
fn what_cannot_be_read_is_told_once_a_day_and_who_is_removed_meanwhile_is_told_each_time() {
    let sent = |told, removed: bool| {
        let outcomes = removed.then_some((2, Outcome::Removed));
        let observed = Observed { unread: Some(Unread { told }), warning: Some("denied"), ..with_one_stuck() };
        match decide(&observed.with_outcomes(outcomes).findings(), None, 100.0) {
            Decision::Send(_) => None,
            Decision::Sent(at) => Some(at),
            Decision::Nothing => panic!("something is wrong"),
        }
    };
    assert_eq!([None, Some(NOW - DAY), Some(NOW - HOUR)].map(|told| sent(told, false)), [None, None, Some(NOW - HOUR)]);
    assert_eq!(sent(Some(NOW - HOUR), true), None);
}

#[test]
fn a_member_that_is_newly_out_of_scope_is_worse_and_one_that_was_so_before_is_not() {
    let mut observed = whole();
    observed.organization.get_mut(&id(2)).unwrap().1 = Scope::Excluded;
    let observed = observed.covered();
    let mut before = history();
    assert_eq!(detail_of(&observed, Some(&before))["newlyOutOfScope"]["accountIds"], json!([id(2)]));
    before.out_of_scope = [(id(2), 5)].into();
    assert_eq!(decide(&observed.findings(), Some(&before), 0.0), Decision::Nothing);
    assert_eq!(decide(&observed.findings(), None, 0.0), Decision::Nothing, "what was before is not known");
}

#[test]
fn an_alert_is_lately_for_less_than_a_day() {
    let now = DateTime::from_secs(NOW);
    assert!(was_alerted_lately(Some(NOW - 23 * HOUR + 1), now) && !was_alerted_lately(Some(NOW - 23 * HOUR), now));
    assert!(!was_alerted_lately(None, now));
}

#[test]
fn an_alert_states_what_is_wrong_in_numbers_names_and_words() {
    let observed = with_one_stuck().with_outcomes([(4, Outcome::Removed)]);
    let observed =
        Observed { no_longer_covered: vec![id(5), id(9)], warning: Some("it is lost"), ..observed.covered() };
    let detail = detail_of(&observed, Some(&history()));
    let stated = [&detail["percent"], &detail["percentBefore"], &detail["inScope"], &detail["enabled"]];
    assert_eq!(stated, [&json!(50.0), &json!(100.0), &json!(4), &json!(2)]);
    assert_eq!((&detail["needPerson"], &detail["removed"]["accountIds"]), (&json!(1), &json!([id(4)])));
    assert_eq!(detail["noLongerCovered"]["accountIds"], json!([id(5), id(9)]));
    let stuck = json!({"count": 1, "new": 1, "accounts": [{"accountId": id(5), "outcome": "blocked", "needs": "person",
        "reason": "volume-too-high", "since": "2026-01-05T08:59:00Z", "message": "because"}]});
    assert_eq!(detail["stuck"], stuck);
    assert_eq!(
        detail["message"],
        "Detective covers 2 of 4 accounts in scope (50 %, down from 100 %). 1 account needs a person. \
         2 accounts were covered and are not any more: 000000000005 (volume-too-high), 000000000009 (not-in-organization). \
         1 member was removed: 000000000004 (removed). \
         1 account is stuck on the way to be covered: 000000000005 (volume-too-high). Beware: it is lost."
    );
}

#[test]
fn of_many_accounts_the_first_are_named_those_first_that_need_a_person() {
    let accounts: Vec<(u64, Scope)> = (1..30).map(|number| (number, IN)).collect();
    let reason = |number| if number == 29 { HeldReason::GraphQuota } else { HeldReason::NotAccepted };
    let observed = Observed::of(&accounts)
        .with_members((2..30).map(|number| member(number, MemberStatus::Invited)))
        .with_outcomes((2..30).map(|number| (number, held(reason(number)))))
        .covered();
    let stuck: Vec<AccountId> = (2..24).map(id).collect();
    let observed = Observed { no_longer_covered: (9..30).map(id).collect(), stuck, ..observed };
    let detail = detail_of(&observed, Some(&history()));
    let lost = &detail["noLongerCovered"];
    assert_eq!((&lost["count"], lost["accounts"].as_array().unwrap().len()), (&json!(21), 20));
    assert_eq!((&detail["stuck"]["count"], detail["stuck"]["accounts"].as_array().unwrap().len()), (&json!(22), 20));
    let message = detail["message"].as_str().unwrap();
    assert!(message.contains(" 23 accounts need a person."), "{message}");
    assert!(
        message.contains("21 accounts were covered and are not any more: 000000000009 (not-accepted)"),
        "{message}"
    );
    assert!(message.contains(", and 1 more. 22 accounts are stuck"), "{message}");
    assert!(message.ends_with(", and 2 more."), "{message}");
    let needs_nobody = Observed { stuck: Vec::new(), ..whole() };
    let needs_nobody = Observed { no_longer_covered: vec![id(9)], ..needs_nobody };
    let message = detail_of(&needs_nobody, Some(&history()))["message"].clone();
    assert_eq!(
        message,
        "Detective covers 4 of 4 accounts in scope (100 %). 1 account was covered and is not any more: 000000000009 (not-in-organization)."
    );
}

#[test]
fn what_became_of_a_lost_account_is_stated() {
    let (none, created) = (MemberStatus::from("NEW"), done(Action::Created, MemberStatus::Invited));
    let failure = detective_onboarding::error::Failure::NobodyInScope(3);
    let observed = Observed::of(&[(1, IN), (2, IN), (3, IN), (4, IN), (5, IN), (6, IN)])
        .with_members([member(2, none)])
        .with_outcomes([
            (2, Outcome::failed(None, failure)),
            (3, created),
            (4, Outcome::Planned { action: Action::Created }),
            (5, Outcome::Removed),
        ]);
    let observed = Observed { no_longer_covered: (2..8).map(id).collect(), ..observed };
    let detail = lost(&observed.findings());
    assert_eq!((&detail["noLongerCovered"]["count"], &detail["noLongerCovered"]["accounts"]), (&json!(6), &json!([])));
    assert_eq!(
        detail["message"],
        "What is in scope is not known, or nobody is. Were covered and are not any more, 6 in all: \
         000000000002 (NobodyInScope), 000000000003 (INVITED), 000000000004 (planned), 000000000005 (removed), \
         000000000006 (out-of-scope), 000000000007 (not-in-organization)."
    );
    let gone = gone(&graph(), 3);
    assert_eq!(gone["graphGone"], GRAPH);
    assert!(gone["message"].as_str().unwrap().contains("which covered 3 accounts"), "{gone}");
}

#[test]
fn what_fails_in_each_run_is_named_once_a_day_and_is_no_news() {
    let observed = whole();
    let failing = BTreeMap::from([(id(5), DateTime::from_secs(60))]);
    let decide = |last: &History| digest::decide(&observed.findings(), Some(last), failing.clone(), 0.0);
    let Decision::Send(first) = decide(&history()) else { panic!("nobody was alerted") };
    let detail = first.detail(&observed.findings());
    assert_eq!((&detail["failing"]["count"], &detail["failing"]["accountIds"]), (&json!(1), &json!([id(5)])));
    assert_eq!(detail["failing"]["accounts"][0]["since"], "1970-01-01T00:01:00Z");
    assert!(detail["message"].as_str().unwrap().contains(" 1 account fails in each run: 000000000005 ("), "{detail}");
    assert_eq!(decide(&alerted(history(), NOW - HOUR)), Decision::Sent(NOW - HOUR));
    assert!(matches!(decide(&alerted(history(), NOW - DAY)), Decision::Send(_)));
}
