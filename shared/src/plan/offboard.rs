//! What becomes of members whose departure was recorded: that they left the organization or were closed.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;

use crate::error::Failure;
use crate::model::account::AccountId;
use crate::model::history::History;
use crate::model::member::Member;
pub use crate::plan::departure::{DepartureVerdict, Recorded};
use crate::plan::held::Held;
use crate::plan::step::{Plan, RemovalCause, Step};

/// What is to be done about departures in one graph.
#[derive(Debug, Default)]
pub struct Departures {
    /// The steps for the accounts whose departure was recorded.
    pub plan: Plan,
    /// Accounts that Organizations could not be asked about.
    pub unconfirmed: BTreeMap<AccountId, Failure>,
}

/// Plans the departures in one graph. An account that is no member is left out: there is nothing to do. A departure is a question
/// to Organizations, and no proof: an invited account that Organizations does not know is removed only if an earlier run saw it in the
/// organization, by the history, or why that cannot be read.
pub fn plan(
    administrator: AccountId,
    verdicts: &BTreeMap<AccountId, DepartureVerdict>,
    members: &BTreeMap<AccountId, Member>,
    history: Result<Option<&History>, &str>,
) -> Departures {
    let mut departures = Departures::default();
    for (id, verdict) in verdicts {
        if *id == administrator {
            departures.plan.insert(*id, Step::Hold(Held::administrator()));
            continue;
        }
        match (verdict, members.get(id)) {
            // Whoever invited it knew that it was no account of the organization any more.
            (DepartureVerdict::Gone { left, .. }, Some(member)) if is_invited_after(member, *left) => {
                departures.plan.insert(*id, Step::Hold(Held::invited_after(*left)));
            }
            (DepartureVerdict::Gone { cause: RemovalCause::NotInOrganization, .. }, Some(member))
                if !member.of_organization =>
            {
                let step = match history {
                    Ok(Some(history)) if history.was_in_organization(member) => {
                        Step::Remove(RemovalCause::NotInOrganization)
                    }
                    Ok(_) => Step::Hold(Held::never_in_organization()),
                    Err(problem) => Step::Hold(Held::not_remembered(problem)),
                };
                departures.plan.insert(*id, step);
            }
            (DepartureVerdict::Gone { cause, .. }, Some(_)) => {
                departures.plan.insert(*id, Step::Remove(cause.clone()));
            }
            (DepartureVerdict::Stays(held), _) => {
                departures.plan.insert(*id, Step::Hold(held.clone()));
            }
            (DepartureVerdict::Unknown(error), Some(_)) => {
                departures.unconfirmed.insert(*id, error.clone());
            }
            (DepartureVerdict::Gone { .. } | DepartureVerdict::Unknown(_), None) => {}
        }
    }
    departures
}

/// Whether it is a member by an invitation that is younger than its departure. An account of the organization is enabled, not
/// invited: it came back, and left once more.
fn is_invited_after(member: &Member, departure: DateTime) -> bool {
    !member.of_organization && member.invited.is_some_and(|invited| invited > departure)
}

#[cfg(test)]
mod tests {
    use aws_sdk_detective::types::MemberStatus;

    use super::*;
    use crate::model::account::AccountState;
    use crate::plan::held::HeldReason;

    fn id(number: u64) -> AccountId {
        format!("{number:012}").parse().expect("twelve digits")
    }

    fn members(count: u64) -> BTreeMap<AccountId, Member> {
        let member = |number| Member {
            invited: Some(DateTime::from_secs(100)),
            ..Member::with_status(id(number), MemberStatus::Enabled)
        };
        (1..=count).map(|number| (id(number), member(number))).collect()
    }

    fn gone(count: u64) -> BTreeMap<AccountId, DepartureVerdict> {
        (1..=count).map(|number| (id(number), recorded(50))).collect()
    }

    fn recorded(seconds: i64) -> DepartureVerdict {
        let cause = RemovalCause::NotActive(AccountState::Closed);
        DepartureVerdict::Gone { cause, left: DateTime::from_secs(seconds) }
    }

    fn reason(step: &Step) -> Option<HeldReason> {
        match step {
            Step::Hold(held) => Some(held.reason),
            _ => None,
        }
    }

    #[test]
    fn members_that_are_gone_are_removed_and_accounts_that_are_no_members_need_nothing() {
        let departures = plan(id(9), &gone(2), &members(1), Ok(None));
        assert_eq!(departures.plan, Plan::from([(id(1), Step::Remove(RemovalCause::NotActive(AccountState::Closed)))]));
    }

    #[test]
    fn a_member_that_was_invited_after_it_left_stays_and_one_that_was_invited_before_does_not() {
        let mut invited = members(1);
        invited.values_mut().for_each(|member| member.of_organization = false);
        let stays = Step::Hold(Held::invited_after(DateTime::from_secs(50)));
        assert_eq!(plan(id(9), &gone(1), &invited, Ok(None)).plan, Plan::from([(id(1), stays)]));
        let removed = Plan::from([(id(1), Step::Remove(RemovalCause::NotActive(AccountState::Closed)))]);
        for left in [100, 150] {
            let before = BTreeMap::from([(id(1), recorded(left))]);
            assert_eq!(plan(id(9), &before, &invited, Ok(None)).plan, removed);
        }
        // Detective enabled it again when it came back: it left twice.
        assert_eq!(plan(id(9), &gone(1), &members(1), Ok(None)).plan, removed);
    }

    #[test]
    fn an_account_that_organizations_does_not_know_is_removed_only_if_it_was_in_the_organization() {
        let cause = RemovalCause::NotInOrganization;
        let gone =
            BTreeMap::from([(id(1), DepartureVerdict::Gone { cause: cause.clone(), left: DateTime::from_secs(150) })]);
        let removed = Plan::from([(id(1), Step::Remove(cause))]);
        assert_eq!(plan(id(9), &gone, &members(1), Ok(None)).plan, removed);
        let mut invited = members(1);
        invited.values_mut().for_each(|member| member.of_organization = false);
        let stays = |held| Plan::from([(id(1), Step::Hold(held))]);
        let remembered = |ids: &[AccountId]| History {
            time: 100,
            run: 100,
            graph: "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef".parse().unwrap(),
            uncovered: BTreeMap::new(),
            invitations: BTreeMap::new(),
            out_of_scope: BTreeMap::new(),
            of_organization: ids.iter().copied().collect(),
            removals_begun: false,
            removed: BTreeMap::new(),
            published: None,
        };
        for (history, expected) in [
            (Ok(None), stays(Held::never_in_organization())),
            (Ok(Some(&remembered(&[id(2)]))), stays(Held::never_in_organization())),
            (Err("it is lost"), stays(Held::not_remembered("it is lost"))),
            (Ok(Some(&remembered(&[id(1)]))), removed),
        ] {
            assert_eq!(plan(id(9), &gone, &invited, history).plan, expected, "{history:?}");
        }
    }

    #[test]
    fn the_administrator_is_never_removed() {
        let departures = plan(id(1), &gone(1), &members(1), Ok(None));
        assert_eq!(reason(&departures.plan[&id(1)]), Some(HeldReason::AdministratorAccount));
    }

    #[test]
    fn an_account_that_organizations_cannot_be_asked_about_is_unconfirmed_if_it_is_a_member() {
        let unknown = DepartureVerdict::Unknown(Failure::NobodyInScope(3));
        let verdicts = BTreeMap::from([(id(1), unknown.clone()), (id(2), unknown)]);
        let departures = plan(id(9), &verdicts, &members(1), Ok(None));
        assert_eq!(departures.unconfirmed, BTreeMap::from([(id(1), Failure::NobodyInScope(3))]));
        assert!(departures.plan.is_empty());
        let stays = DepartureVerdict::Stays(Held::still_active());
        let departures = plan(id(9), &BTreeMap::from([(id(7), stays)]), &members(1), Ok(None));
        assert_eq!(departures.plan, Plan::from([(id(7), Step::Hold(Held::still_active()))]));
    }
}
