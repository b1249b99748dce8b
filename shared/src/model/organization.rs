//! The organization, as far as the functions need it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::account::{AccountId, OrganizationAccount};
use crate::model::policy::Scope;

/// The organization's accounts, each with its scope by the policy.
pub type Organization = BTreeMap<AccountId, (OrganizationAccount, Scope)>;

/// The organization as it was read.
#[derive(Debug)]
pub struct ObservedOrganization {
    /// Its accounts.
    pub accounts: Organization,
    /// What could not be read of it.
    pub gaps: Gaps,
}

/// What could not be read of the organization, while the rest could.
#[derive(Debug, Default)]
pub struct Gaps {
    /// How many accounts were listed without an id.
    pub accounts_without_id: usize,
    /// The OUs that the policy names and that do not exist.
    pub missing_units: BTreeSet<String>,
}

impl Gaps {
    /// A sentence about each of them.
    pub fn warnings(&self) -> Vec<String> {
        let accounts = (self.accounts_without_id > 0).then(|| {
            format!(
                "Organizations listed {} accounts without an id: nothing is done about them",
                self.accounts_without_id
            )
        });
        accounts.into_iter().chain(self.units_warning()).collect()
    }

    fn units_warning(&self) -> Option<String> {
        const NAMED: usize = 5;
        let first: Vec<&str> = self.missing_units.iter().map(String::as_str).take(NAMED).collect();
        let names = first.join(", ");
        Some(match (first.len(), self.missing_units.len() - first.len()) {
            (0, _) => return None,
            (1, _) => format!(
                "the policy names {names}, which does not exist: its rule selects no account; take it out of the policy"
            ),
            (_, more) => {
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                format!(
                    "the policy names OUs that do not exist ({names}{more}): their rules select no account; take them out of the \
                     policy"
                )
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gap_is_a_warning_and_of_many_ous_some_are_named() {
        let warnings = |accounts_without_id, units: &[&str]| {
            let missing_units = units.iter().map(|unit| (*unit).to_owned()).collect();
            Gaps { accounts_without_id, missing_units }.warnings()
        };
        assert_eq!(warnings(0, &[]), [""; 0]);
        assert_eq!(warnings(2, &[]), ["Organizations listed 2 accounts without an id: nothing is done about them"]);
        let one = warnings(0, &["ou-1"]);
        assert!(one.len() == 1 && one[0].starts_with("the policy names ou-1, which does not exist"), "{one:?}");
        let five = warnings(1, &["ou-1", "ou-2", "ou-3", "ou-4", "ou-5"]);
        assert!(five.len() == 2 && five[1].contains("(ou-1, ou-2, ou-3, ou-4, ou-5)"), "{five:?}");
        let seven = warnings(0, &["ou-1", "ou-2", "ou-3", "ou-4", "ou-5", "ou-6", "ou-7"]);
        assert!(seven[0].contains("(ou-1, ou-2, ou-3, ou-4, ou-5 and 2 more)"), "{seven:?}");
    }
}
