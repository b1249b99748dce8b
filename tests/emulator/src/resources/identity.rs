//! IAM roles, and the identities behind access keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::iam::permissions::Permissions;
use crate::iam::policy::Policy;

/// Access keys and roles.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    keys: BTreeMap<String, Identity>,
    /// Trust policies by role ARN.
    roles: BTreeMap<String, Arc<Policy>>,
    /// What roles may do, by ARN, where that is known.
    permissions: BTreeMap<String, Arc<Policy>>,
    /// Trust policies by role name, for roles that every account has.
    everywhere: BTreeMap<String, Arc<Policy>>,
}

/// The role that Organizations makes in the accounts it creates, unless the request has another name:
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html>.
pub(crate) const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// What that role trusts: the management account.
pub(crate) fn management_trust(management: &str) -> Arc<Policy> {
    let principal = json!({"AWS": format!("arn:aws:iam::{management}:root")});
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    Arc::new(Policy::from_document(&json!({ "Statement": statement })).expect("it has no conditions"))
}

/// The principal behind an access key, and its credentials.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) expires: Option<DateTime<Utc>>,
    pub(crate) permissions: Option<Permissions>,
}

impl Identities {
    pub(crate) fn of_key(&self, key: &str) -> Option<&Identity> {
        self.keys.get(key)
    }

    pub(crate) fn add_key(&mut self, key: String, identity: Identity) {
        self.keys.insert(key, identity);
    }

    /// Adds a role: in one account, or in all of them.
    pub(crate) fn add_role(&mut self, name: &str, account: Option<&str>, trust: Arc<Policy>) {
        match account {
            Some(account) => self.roles.insert(format!("arn:aws:iam::{account}:role/{name}"), trust),
            None => self.everywhere.insert(name.to_owned(), trust),
        };
    }

    /// Sets what a role may do.
    pub(crate) fn set_permissions(&mut self, role: &str, policy: Policy) {
        self.permissions.insert(role.to_owned(), Arc::new(policy));
    }

    /// What a session of a role may do, which may have a policy of its own.
    pub(crate) fn of_session(&self, role: &str, session: Option<Policy>) -> Option<Permissions> {
        let (identity, session) = (self.permissions.get(role).cloned(), session.map(Arc::new));
        let known = identity.is_some() || session.is_some();
        known.then(|| Permissions { role: role.to_owned(), identity, session })
    }

    /// The trust policy of a role, by the role's ARN.
    pub(crate) fn trust(&self, arn: &str) -> Option<Arc<Policy>> {
        let found = self.roles.get(arn).or_else(|| {
            let (_, name) = arn.split_once(":role/")?;
            self.everywhere.get(name)
        });
        found.cloned()
    }
}
