//! OUs by name, as people call them. Organizations returns the ids of an account's OUs with it, and not their names.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_smithy_types::DateTime;
use serde::{Deserialize, Serialize};

use crate::aws::organizations::PAGE;
use crate::aws::page_tokens::PageTokens;
use crate::error::{AwsCode, CallError};
use crate::model::account::OrganizationAccount;

/// A name that was read so long ago is read again.
const FRESH: i64 = 23 * 3600;

/// How many roots and OUs are asked at once for what is below them: of more, the rest is named by a later run.
const MOST: usize = 50;

/// The names of OUs by their ids, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitNames(BTreeMap<String, UnitName>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct UnitName {
    name: String,
    /// When it was read, in seconds since 1970.
    read: i64,
}

impl UnitNames {
    /// The roots and OUs that are to be asked, so that each account's OUs have names of this day. None for accounts that Organizations
    /// returned without their OUs.
    pub fn unread<'a>(
        &self,
        accounts: impl Iterator<Item = &'a OrganizationAccount>,
        now: DateTime,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let is_fresh = |unit: &String| self.0.get(unit).is_some_and(|name| name.read > now.secs() - FRESH);
        let mut unread = BTreeMap::<String, BTreeSet<String>>::new();
        for units in accounts.filter_map(|account| account.units.as_ref()) {
            for pair in units.windows(2) {
                if let [parent, child] = pair
                    && !is_fresh(child)
                {
                    unread.entry(parent.clone()).or_default().insert(child.clone());
                }
            }
        }
        unread
    }

    /// Reads the names of what is below some of these roots and OUs. A call that is given up leaves what was read before it.
    ///
    /// # Errors
    /// The first call's error.
    pub async fn read(
        &mut self,
        client: &Client,
        unread: BTreeMap<String, BTreeSet<String>>,
        now: DateTime,
    ) -> Result<(), CallError> {
        for (parent, children) in unread.into_iter().take(MOST) {
            let found = below(client, &parent).await?;
            for child in children {
                // One that is not there any more keeps its name for a day: its accounts were listed before it went.
                let before = || self.0.get(&child).map(|known| known.name.clone());
                let name = found.get(&child).cloned().or_else(before).unwrap_or_else(|| child.clone());
                self.0.insert(child, UnitName { name, read: now.secs() });
            }
        }
        Ok(())
    }

    /// The path of an account's OUs, such as `Workloads/Prod`, with ids for names that are not known; `Root` for one that is in no
    /// OU. `None` if its OUs are not known.
    pub fn path(&self, account: &OrganizationAccount) -> Option<String> {
        let units = account.units.as_ref()?;
        let named = units.iter().filter(|unit| !unit.starts_with("r-"));
        let names: Vec<&str> = named.map(|unit| self.0.get(unit).map_or(unit.as_str(), |known| &known.name)).collect();
        Some(if names.is_empty() { "Root".to_owned() } else { names.join("/") })
    }
}

/// The OUs right below a root or OU, by id. None if it does not exist any more.
async fn below(client: &Client, parent: &str) -> Result<BTreeMap<String, String>, CallError> {
    const OPERATION: &str = "ListOrganizationalUnitsForParent";
    let (mut units, mut tokens, mut next) = (BTreeMap::new(), PageTokens::default(), None);
    loop {
        let request = client.list_organizational_units_for_parent().parent_id(parent).max_results(PAGE);
        let page = match request.set_next_token(next).send().await.map_err(CallError::of(OPERATION)) {
            Err(error) if error.is(&AwsCode::ParentNotFoundException) => return Ok(units),
            page => page?,
        };
        let named = page.organizational_units().iter().filter_map(|unit| Some((unit.id()?, unit.name()?)));
        units.extend(named.map(|(id, name)| (id.to_owned(), name.to_owned())));
        next = tokens.next(OPERATION, page.next_token())?;
        if next.is_none() {
            return Ok(units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::AccountState;

    fn account(units: Option<&[&str]>) -> OrganizationAccount {
        OrganizationAccount {
            id: "333333333333".parse().unwrap(),
            name: None,
            email: None,
            state: AccountState::Active,
            units: units.map(|units| units.iter().map(|unit| (*unit).to_owned()).collect()),
        }
    }

    #[test]
    fn what_is_not_known_or_old_is_read_once_for_all_accounts_of_a_parent() {
        let accounts = [
            account(Some(&["r-root", "ou-a", "ou-a-1"])),
            account(Some(&["r-root", "ou-a", "ou-a-2"])),
            account(Some(&["r-root"])),
            account(None),
        ];
        let name = |name: &str, read| UnitName { name: name.to_owned(), read };
        let mut names = UnitNames::default();
        let now = DateTime::from_secs(10 * FRESH);
        assert_eq!(names.unread(accounts.iter(), now).into_keys().collect::<Vec<_>>(), ["ou-a", "r-root"]);
        names.0.insert("ou-a".to_owned(), name("Workloads", 10 * FRESH));
        names.0.insert("ou-a-1".to_owned(), name("Prod", 9 * FRESH));
        names.0.insert("ou-a-2".to_owned(), name("Test", 10 * FRESH - 1));
        let unread = names.unread(accounts.iter(), now);
        assert_eq!(unread, BTreeMap::from([("ou-a".to_owned(), BTreeSet::from(["ou-a-1".to_owned()]))]));
        let paths = accounts.each_ref().map(|account| names.path(account));
        assert_eq!(
            paths.each_ref().map(|path| path.as_deref()),
            [Some("Workloads/Prod"), Some("Workloads/Test"), Some("Root"), None]
        );
        assert_eq!(UnitNames::default().path(&accounts[0]).as_deref(), Some("ou-a/ou-a-1"));
    }
}
