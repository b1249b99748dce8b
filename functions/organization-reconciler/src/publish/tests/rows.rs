//! The row of every account.

use detective_onboarding::error::Failure;
use detective_onboarding::plan::needs::Needs;

use super::*;

#[test]
fn every_account_has_a_row_that_states_what_became_of_it() {
    let since = |(id, member)| (id, Member { updated: Some(DateTime::from_secs(60)), ..member });
    let observed = Observed::of(&[(1, IN), (2, IN), (3, IN), (4, IN), (5, IN), (6, Scope::Excluded), (7, IN), (8, IN)])
        .with_members([2, 3, 7, 9].map(|number| since(member(number, MemberStatus::Enabled))))
        .with_outcomes([
            (2, done(Action::None, MemberStatus::Enabled)),
            (3, Outcome::Removed),
            (4, Outcome::Planned { action: Action::Created }),
            (5, held(HeldReason::GraphQuota)),
            (7, Outcome::failed(Some(Action::Started), Failure::NobodyInScope(3))),
            (8, done(Action::Created, MemberStatus::Invited)),
        ]);
    let failure = Failure::NobodyInScope(3);
    let (early, now) = ("1970-01-01T00:01:00Z", "2026-01-05T09:00:00Z");
    let (code, stated) = (failure.code(), failure.to_string());
    let expected = [
        (1, "administrator", "", "", None, "", "", Needs::Nobody),
        (2, "done", "ENABLED", early, Some(Action::None), "", "", Needs::Nobody),
        (3, "done", "", now, Some(Action::Removed), "", "", Needs::Nobody),
        (4, "planned", "", "", Some(Action::Created), "", "", Needs::Nobody),
        (5, "blocked", "", "", None, "graph-quota", "because", Needs::Person),
        (6, "excluded", "", "", None, "out-of-scope", "the policy excludes it", Needs::Nobody),
        (7, "failed", "ENABLED", early, None, &*code, stated.as_str(), Needs::Person),
        (8, "done", "INVITED", now, Some(Action::Created), "", "", Needs::Time),
        (9, "done", "ENABLED", early, None, "", "", Needs::Nobody),
    ];
    let findings = observed.findings();
    let rows: Vec<_> = findings.rows().collect();
    assert_eq!(rows.len(), expected.len());
    for (row, (number, outcome, status, since, action, reason, message, needs)) in rows.iter().zip(expected) {
        assert_eq!((row.account_id, row.outcome), (id(number), outcome));
        assert_eq!((row.status.as_str(), row.since.as_str(), row.action), (status, since, action), "{row:?}");
        assert_eq!((row.reason.as_str(), row.message.as_str(), row.needs), (reason, message, needs), "{row:?}");
    }
    let by_need: Vec<_> = findings.rows_by_need().map(|row| row.account_id).collect();
    assert_eq!(by_need, [5, 7, 8, 1, 2, 3, 4, 6, 9].map(id));
    assert_eq!(findings.need_person(), 2);
    let stuck = Observed { stuck: vec![id(8)], ..observed };
    assert_eq!((stuck.findings().need_person(), stuck.findings().needs(id(8))), (3, Needs::Person));
}
