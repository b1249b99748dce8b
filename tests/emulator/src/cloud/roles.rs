//! The roles of the cloud, their sessions and their use of permissions.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cloud::handle::Cloud;
use crate::iam::policy::Policy;

/// The credentials of a session.
#[derive(Debug, Clone)]
pub struct SessionKeys {
    /// The access key's id.
    pub access_key: String,
    /// The secret access key.
    pub secret: String,
    /// The session token.
    pub token: String,
}

impl Cloud {
    /// Adds an IAM role to an account, with its trust policy, or changes the one of that name.
    pub fn put_role(&self, account: &str, name: &str, trust: Policy) {
        let mut state = self.lock();
        let now = state.now();
        state.identities.add_role(name, Some(account), Arc::new(trust), now);
    }

    /// Sets what a role may do, for sessions that start from then on. Those of other roles may do everything.
    pub fn put_permissions(&self, role: &str, policy: Policy) {
        self.lock().identities.set_permissions(role, policy);
    }

    /// Starts a session of a role, as a service does that has a role. It does not expire.
    pub fn start_session(&self, role: &str, name: &str) -> SessionKeys {
        let mut state = self.lock();
        let (access_key, identity) = state.start_session(role, name, None, None);
        let (secret, token) = (identity.secret.clone(), identity.token.clone().unwrap_or_default());
        state.identities.add_key(access_key.clone(), identity);
        SessionKeys { access_key, secret, token }
    }

    /// Records that a service used a permission of a role.
    pub fn record_use(&self, role: &str, action: &str, resource: &str) {
        self.lock().used.insert((role.to_owned(), action.to_owned(), resource.to_owned()));
    }

    /// The permissions that roles have used: role, action and resource.
    pub fn uses(&self) -> BTreeSet<(String, String, String)> {
        self.lock().used.clone()
    }

    /// What roles were denied because no policy allows it: role, action and resource.
    pub fn denials(&self) -> BTreeSet<(String, String, String)> {
        self.lock().denied.clone()
    }
}
