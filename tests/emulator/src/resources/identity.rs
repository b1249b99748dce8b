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
    /// Roles by ARN, whatever the partition, as in the partition `aws`.
    roles: BTreeMap<String, Role>,
    /// What roles may do, by ARN, where that is known.
    permissions: BTreeMap<String, Arc<Policy>>,
    /// By name, roles that every account has.
    everywhere: BTreeMap<String, Role>,
}

/// A role.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    /// Who may assume it.
    pub(crate) trust: Arc<Policy>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) description: Option<String>,
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

/// The ARN of the role that is linked to a service in an account.
pub(crate) fn service_linked_arn(account: &str, service: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/aws-service-role/{service}/{name}")
}

impl Role {
    /// The trust policy of a role that a service has.
    pub(crate) fn trust_of(service: &str) -> Policy {
        let statement = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
        Policy::from_document(&json!({ "Statement": statement })).expect("it has no conditions")
    }
}

impl Identities {
    pub(crate) fn of_key(&self, key: &str) -> Option<&Identity> {
        self.keys.get(key)
    }

    pub(crate) fn add_key(&mut self, key: String, identity: Identity) {
        self.keys.insert(key, identity);
    }

    /// Adds a role: in one account, or in all of them.
    pub(crate) fn add_role(&mut self, name: &str, account: Option<&str>, trust: Arc<Policy>, created: DateTime<Utc>) {
        let role = Role { trust, created, description: None };
        match account {
            Some(account) => self.put_role(&format!("arn:aws:iam::{account}:role/{name}"), role),
            None => drop(self.everywhere.insert(name.to_owned(), role)),
        }
    }

    /// Adds a role by its ARN.
    pub(crate) fn put_role(&mut self, arn: &str, role: Role) {
        self.roles.insert(arn.to_owned(), role);
    }

    /// The role of that name in an account, with its ARN, whose path is not part of the name.
    pub(crate) fn role(&self, account: &str, name: &str) -> Option<(String, &Role)> {
        let prefix = format!("arn:aws:iam::{account}:role/");
        let own = self.roles.range(prefix.clone()..).take_while(|(arn, _)| arn.starts_with(&prefix));
        let mut named = own.filter(|(arn, _)| arn.rsplit('/').next() == Some(name));
        let named = named.next().map(|(arn, role)| (arn.clone(), role));
        named.or_else(|| Some((format!("{prefix}{name}"), self.everywhere.get(name)?)))
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
        let (_, rest) = arn.split_once(":iam::")?;
        let found = self.roles.get(&format!("arn:aws:iam::{rest}")).or_else(|| {
            let (_, name) = rest.split_once(":role/")?;
            self.everywhere.get(name)
        });
        found.map(|role| Arc::clone(&role.trust))
    }
}
