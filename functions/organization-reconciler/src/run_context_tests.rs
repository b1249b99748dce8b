//! What a run concludes from what it read of the organization.

#![expect(clippy::redundant_closure_for_method_calls, reason = "the path of a method has one lifetime, and not any")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use detective_onboarding::error::Failure;
use detective_onboarding::model::account::{AccountId, AccountState, OrganizationAccount};
use detective_onboarding::model::organization::{Gaps, Organization};
use detective_onboarding::model::policy::{Policy, Scope};

use crate::removal_confirmation::RunContext;

fn id(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

/// What a check finds in an organization of these accounts, whose administrator is the first, where OUs are missing.
fn found<T>(accounts: &[(u64, &str, Scope)], missing: &[&str], check: impl Fn(&RunContext<'_>) -> T) -> T {
    let account = |(number, state, scope): &(u64, &str, Scope)| {
        let state = AccountState::from(*state);
        (id(*number), (OrganizationAccount { id: id(*number), name: None, email: None, state, units: None }, *scope))
    };
    let organization: Organization = accounts.iter().map(account).collect();
    let missing_units = missing.iter().map(|unit| (*unit).to_owned()).collect();
    let gaps = Gaps { accounts_without_id: 0, missing_units };
    let policy: Policy =
        r#"{"include": [{"ou": "ou-ab12-workload"}], "exclude": [{"ou": "ou-ab12-sandboxx"}]}"#.parse().unwrap();
    let confirmations = RefCell::new(BTreeMap::new());
    check(&RunContext {
        organization: &organization,
        gaps: &gaps,
        policy: &policy,
        administrator: id(1),
        confirmations: &confirmations,
        failures: None,
    })
}

const IN: Scope = Scope::In { rank: 0 };

#[test]
fn a_policy_that_selects_nobody_but_the_administrator_is_a_failure() {
    let check = |accounts: &[(u64, &str, Scope)]| found(accounts, &[], |context| context.somebody_is_in_scope());
    let (own, out) = ((1, "ACTIVE", IN), (2, "ACTIVE", Scope::Excluded));
    assert_eq!(check(&[own, out, (3, "ACTIVE", Scope::NotIncluded)]), Err(Failure::NobodyInScope(2)));
    assert_eq!(check(&[own, out, (3, "ACTIVE", IN)]), Ok(()));
    assert_eq!(check(&[own]), Ok(()), "there is nobody else");
}

#[test]
fn an_ou_that_is_missing_counts_where_the_policy_includes_it() {
    let check = |missing: &[&str]| found(&[], missing, |context| context.include_is_complete());
    assert!(check(&["ou-ab12-workload"]).unwrap_err().to_string().contains("ou-ab12-workload, which does not exist"));
    assert_eq!(check(&["ou-ab12-sandboxx"]), Ok(()));
    assert_eq!(check(&[]), Ok(()));
}

#[test]
fn a_policy_leaves_accounts_out_if_one_that_could_be_a_member_is_out_of_scope() {
    let check = |account, missing: &[&str]| {
        found(&[(1, "ACTIVE", Scope::Excluded), account], missing, |context| context.leaves_out())
    };
    assert!(check((2, "ACTIVE", Scope::Excluded), &[]) && check((2, "PENDING_ACTIVATION", Scope::NotIncluded), &[]));
    assert!(!check((2, "ACTIVE", IN), &[]), "the administrator does not count");
    assert!(!check((2, "CLOSED", Scope::Excluded), &[]));
    assert!(!check((2, "ACTIVE", Scope::Excluded), &["ou-ab12-workload"]), "whom it leaves out is not known");
}
