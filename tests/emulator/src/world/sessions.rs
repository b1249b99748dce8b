//! Sessions of roles, and the use of their permissions.

use chrono::{DateTime, Utc};

use crate::iam::permissions::{Permissions, RequiredAction};
use crate::iam::policy::Policy;
use crate::resources::identity::Identity;
use crate::world::state::State;

impl State {
    /// Makes a session of a role. Gives its access key and its identity.
    pub(crate) fn start_session(
        &mut self,
        role: &str,
        name: &str,
        policy: Option<Policy>,
        expires: Option<DateTime<Utc>>,
    ) -> (String, Identity) {
        let (role_id, key_id, token) = (self.fresh_hex(16), self.fresh_hex(16), self.fresh_hex(40));
        let role_id = format!("AROA{}", role_id.to_uppercase());
        let mut parts = role.split(':').skip(1);
        let (partition, account) = (parts.next().unwrap_or("aws"), parts.nth(2).unwrap_or_default());
        // A role's path is not part of the name of its sessions.
        let role_name = role.rsplit('/').next().unwrap_or_default();
        let identity = Identity {
            account: account.to_owned(),
            arn: format!("arn:{partition}:sts::{account}:assumed-role/{role_name}/{name}"),
            user_id: format!("{role_id}:{name}"),
            secret: self.fresh_hex(40),
            token: Some(token),
            expires,
            permissions: self.identities.of_session(role, policy),
        };
        (format!("ASIA{}", key_id.to_uppercase()), identity)
    }

    /// Whether permissions allow an action; one that is allowed is recorded as used.
    pub(crate) fn allow(&mut self, permissions: &Permissions, required: &RequiredAction) -> bool {
        let allowed = permissions.allow(required);
        if allowed {
            let (action, resource) = (required.action.clone(), required.resource.clone());
            self.used.insert((permissions.role.clone(), action, resource));
        }
        allowed
    }
}
