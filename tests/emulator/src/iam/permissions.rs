//! What a principal is permitted, and what a call requires.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::iam::policy::Policy;
use crate::iam::principal::Principal;
use crate::iam::request::Request;

/// The permissions of a session of a role.
#[derive(Debug, Clone, Default)]
pub(crate) struct Permissions {
    /// The role's ARN.
    pub(crate) role: String,
    /// The role's policies; none if they are not known, and everything is allowed.
    pub(crate) identity: Option<Arc<Policy>>,
    /// The policy that the session was made with.
    pub(crate) session: Option<Arc<Policy>>,
}

impl Permissions {
    /// Whether all policies allow an action.
    pub(crate) fn allow(&self, required: &RequiredAction) -> bool {
        let request = Request {
            principal: Principal::Own,
            action: &required.action,
            resource: &required.resource,
            context: required.context.clone(),
        };
        [&self.identity, &self.session].into_iter().flatten().all(|policy| policy.allows(&request))
    }
}

/// An action on a resource that a call requires its caller to be allowed.
#[derive(Debug)]
pub(crate) struct RequiredAction {
    /// The action, such as `sqs:SendMessage`.
    pub(crate) action: String,
    /// The ARN of the resource; `*` for actions without one.
    pub(crate) resource: String,
    /// The condition keys that the request has.
    pub(crate) context: BTreeMap<&'static str, String>,
}

impl RequiredAction {
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: BTreeMap::new() }
    }

    /// The same with a condition key.
    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Self {
        self.context.insert(key, value.to_owned());
        self
    }
}
