//! The organization: its tree, its accounts and what they administer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::account_request::AccountRequest;
use crate::resources::handshake::Handshake;
use crate::resources::id::hex;

/// Detective's service principal.
pub(crate) const DETECTIVE: &str = "detective.amazonaws.com";

/// The organization.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) management: String,
    pub(crate) root: String,
    pub(crate) units: BTreeMap<String, Unit>,
    /// Its accounts, by id.
    pub(crate) memberships: BTreeMap<String, Membership>,
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) delegated: Vec<Delegated>,
    /// The services that have trusted access, and since when.
    pub(crate) trusted_services: BTreeMap<String, DateTime<Utc>>,
    pub(crate) requests: BTreeMap<String, AccountRequest>,
    pub(crate) handshakes: BTreeMap<String, Handshake>,
    /// When accounts were closed.
    pub(crate) closures: Vec<DateTime<Utc>>,
    pub(crate) feature_set: FeatureSet,
    pub(crate) state_field: AccountStateField,
    pub(crate) empty_page_after: usize,
}

/// An organizational unit.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) parent: String,
}

/// An account's membership in the organization.
#[derive(Debug)]
pub(crate) struct Membership {
    /// The id of the root or OU that it is in.
    pub(crate) parent: String,
    pub(crate) method: &'static str,
    pub(crate) joined: DateTime<Utc>,
}

/// An account that administers a service for the organization.
#[derive(Debug)]
pub(crate) struct Delegated {
    pub(crate) account: String,
    pub(crate) service: String,
    pub(crate) since: DateTime<Utc>,
}

impl Organization {
    /// An organization without accounts.
    pub(crate) fn new(id: &str, management: &str) -> Self {
        Self {
            id: id.to_owned(),
            management: management.to_owned(),
            root: format!("r-{}", &hex(id, 4)),
            units: BTreeMap::new(),
            memberships: BTreeMap::new(),
            tags: BTreeMap::new(),
            delegated: Vec::new(),
            trusted_services: BTreeMap::new(),
            requests: BTreeMap::new(),
            handshakes: BTreeMap::new(),
            closures: Vec::new(),
            feature_set: FeatureSet::default(),
            state_field: AccountStateField::default(),
            empty_page_after: 0,
        }
    }

    pub(crate) fn delegate(&mut self, account: &str, service: &str, since: DateTime<Utc>) {
        self.trusted_services.entry(service.to_owned()).or_insert(since);
        self.delegated.push(Delegated { account: account.to_owned(), service: service.to_owned(), since });
    }

    /// Whether an account belongs to it.
    pub(crate) fn contains(&self, account: &str) -> bool {
        self.memberships.contains_key(account)
    }

    /// Whether an id is the root's or an OU's.
    pub(crate) fn is_parent(&self, id: &str) -> bool {
        id == self.root || self.units.contains_key(id)
    }

    /// Makes an OU below a parent; its id depends on the parent and the name alone, unless an OU has that id already.
    pub(crate) fn add_unit(&mut self, parent: &str, name: &str) -> String {
        let root = self.root.trim_start_matches("r-").to_owned();
        let id = |text: &str| format!("ou-{root}-{}", hex(text, 8));
        let mut text = format!("ou/{parent}/{name}");
        while self.units.contains_key(&id(&text)) {
            text.push('/');
        }
        let id = id(&text);
        self.units.insert(id.clone(), Unit { name: name.to_owned(), parent: parent.to_owned() });
        id
    }

    /// The OU at a path of names from the root, made where it is missing.
    pub(crate) fn unit_at(&mut self, path: &str) -> String {
        let mut parent = self.root.clone();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let existing = self.units.iter().find(|(_, unit)| unit.parent == parent && unit.name == name);
            parent = match existing.map(|(id, _)| id.clone()) {
                Some(id) => id,
                None => self.add_unit(&parent, name),
            };
        }
        parent
    }

    /// Adds tags to an account, an OU or the root.
    pub(crate) fn add_tags(&mut self, resource: &str, tags: BTreeMap<String, String>) {
        if !tags.is_empty() {
            self.tags.entry(resource.to_owned()).or_default().extend(tags);
        }
    }

    /// Whether an account is below one of these roots and OUs.
    pub(crate) fn is_in(&self, account: &str, units: &[String]) -> bool {
        let mut parent = self.memberships.get(account).map(|membership| &membership.parent);
        while let Some(id) = parent {
            if units.contains(id) {
                return true;
            }
            parent = self.units.get(id).map(|unit| &unit.parent);
        }
        false
    }

    pub(crate) fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:aws:organizations::{}:{kind}/{}/{id}", self.management, self.id)
    }
}

/// What an organization is used for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FeatureSet {
    /// Everything.
    #[default]
    All,
    /// Nothing but one bill.
    ConsolidatedBilling,
}

/// Which members of an account's description hold its state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AccountStateField {
    /// State and Status.
    #[default]
    Both,
    /// State only.
    State,
    /// Status only.
    Status,
}
