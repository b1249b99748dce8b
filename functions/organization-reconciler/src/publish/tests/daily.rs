//! The daily digest.

use std::borrow::Cow;

use detective_onboarding::plan::needs::Needs;

use super::super::daily::{Day, digest};
use super::super::page::{RegionPart, RegionSummary, State};
use super::*;

/// A Region with accounts: their status, their reason, and whom they need.
fn part(region: &str, accounts: &[(u64, &'static str, &'static str, Needs)]) -> RegionPart {
    let enabled = accounts.iter().filter(|(_, status, ..)| *status == "ENABLED").count();
    let summary = RegionSummary {
        region: region.to_owned(),
        time: String::new(),
        dry_run: false,
        graph_arn: GRAPH.to_owned(),
        in_scope: accounts.len(),
        enabled,
        percent: 0.0,
        runs: Vec::new(),
    };
    let state = |(number, status, reason, needs): &(u64, &'static str, &'static str, Needs)| {
        let message = if reason.is_empty() { Cow::Borrowed("") } else { format!("do something about {reason}").into() };
        let (outcome, action) = ("done".into(), "".into());
        let (status, reason) = (Cow::Borrowed(*status), Cow::Borrowed(*reason));
        (id(*number), State { status, outcome, action, reason, message, needs: *needs })
    };
    RegionPart::new(summary, accounts.iter().map(state))
}

fn at(seconds: i64) -> DateTime {
    DateTime::from_secs(seconds)
}

const COVERED: (&str, &str, Needs) = ("ENABLED", "", Needs::Nobody);

fn covered(number: u64) -> (u64, &'static str, &'static str, Needs) {
    let (status, reason, needs) = COVERED;
    (number, status, reason, needs)
}

#[test]
fn the_first_digest_states_coverage_and_that_nothing_is_known_of_before() {
    let (one, other) = (part("eu-west-1", &[covered(2), covered(3)]), part("us-east-1", &[covered(2)]));
    let parts = [&one, &other];
    let notice = digest(&Day::of(at(NOW), &parts), None, &parts, "the page");
    assert_eq!(notice.title, "Detective coverage: 100 %, nothing needs a person");
    assert_eq!(
        notice.text,
        "Covered: 3 of 3 in scope (100 %)\n- eu-west-1: 2 of 2 in scope (100 %)\n- us-east-1: 1 of 1 in scope (100 %)\n\n\
         This is the first digest: the next one names what changed.\n\nWhat needs a person\n\n- nothing\n"
    );
    assert_eq!(notice.next_steps, ["All accounts: the page"]);
}

#[test]
fn a_digest_names_what_changed_and_what_needs_a_person_in_all_regions() {
    let before = [part("eu-west-1", &[covered(2), covered(3)]), part("us-west-2", &[covered(2)])];
    let before = Day::of(at(NOW - DAY), &before.iter().collect::<Vec<_>>());
    let quota = |number| (number, "", "graph-quota", Needs::Person);
    let today = [
        part("eu-west-1", &[covered(2), quota(3), covered(4), (5, "INVITED", "", Needs::Person)]),
        part("us-east-1", &[quota(3), quota(6), (7, "INVITED", "not-accepted", Needs::Time)]),
    ];
    let parts: Vec<&RegionPart> = today.iter().collect();
    let notice = digest(&Day::of(at(NOW), &parts), Some(&before), &parts, "the page");
    assert_eq!(notice.title, "Detective coverage: 28.57 %, 3 accounts need a person");
    assert_eq!(
        notice.text,
        "Covered: 2 of 7 in scope (28.57 %, before 100 %)\n\
         - eu-west-1: 2 of 4 in scope (50 %, before 100 %)\n\
         - us-east-1: 0 of 3 in scope (0 %)\n\n\
         What changed since 2026-01-04T09:00:00Z\n\n\
         - 1 covered no longer in eu-west-1: 000000000003\n\
         - 1 newly covered in eu-west-1: 000000000004\n\
         - us-east-1 is new\n\
         - us-west-2 was not observed for a month\n\n\
         What needs a person\n\n\
         - 2 graph-quota in eu-west-1, us-east-1: 000000000003, 000000000006\n\
         - 1 INVITED in eu-west-1: 000000000005\n"
    );
    assert_eq!(notice.next_steps, ["graph-quota: do something about graph-quota", "All accounts: the page"]);
}

#[test]
fn of_many_reasons_and_accounts_the_first_ten_are_named() {
    const REASONS: [&str; 11] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let of_reason = |(number, reason): (u64, &'static str)| (number, "", reason, Needs::Person);
    let ten = part("eu-west-1", &(2..12).zip(REASONS).map(of_reason).collect::<Vec<_>>());
    let eleven = part("eu-west-1", &(2..13).zip(REASONS).map(of_reason).collect::<Vec<_>>());
    let text = |part: &RegionPart| digest(&Day::of(at(NOW), &[part]), None, &[part], "the page");
    assert!(!text(&ten).text.contains("more reasons"));
    let notice = text(&eleven);
    assert!(notice.text.ends_with("- 1 j in eu-west-1: 000000000011\n- and 1 more reasons\n"), "{}", notice.text);
    assert_eq!(notice.next_steps.len(), 11);
    let same = |last| part("eu-west-1", &(2..last).map(|number| of_reason((number, "a"))).collect::<Vec<_>>());
    assert!(text(&same(12)).text.ends_with("000000000010, 000000000011\n"));
    assert!(text(&same(14)).text.ends_with("000000000011, and 2 more\n"));
    let one = text(&same(3));
    assert_eq!(one.title, "Detective coverage: 0 %, 1 account needs a person");
}

#[test]
fn an_unchanged_day_says_so_and_the_next_digest_is_a_day_later() {
    let same = part("eu-west-1", &[covered(2)]);
    let day = |seconds| Day::of(at(seconds), &[&same]);
    let notice = digest(&day(NOW), Some(&day(NOW - DAY)), &[&same], "the page");
    assert!(notice.text.contains("What changed since 2026-01-04T09:00:00Z\n\n- nothing\n"), "{}", notice.text);
    let made = day(NOW);
    let stored: Day = serde_json::from_value(serde_json::to_value(&made).unwrap()).unwrap();
    assert_eq!(stored, made);
    assert!(made.is_before(at(NOW)) && made.is_before(at(NOW + 1)) && !made.is_before(at(NOW - 1)));
    assert!(!made.is_over(at(NOW + 23 * HOUR - 1)) && made.is_over(at(NOW + 23 * HOUR)));
}
