//! What a policy is evaluated for.

use std::collections::BTreeMap;

use crate::iam::principal::Principal;

/// A request that a policy allows or denies.
#[derive(Debug)]
pub struct Request<'a> {
    /// Who makes it.
    pub principal: Principal<'a>,
    /// The action, such as `sqs:SendMessage`.
    pub action: &'a str,
    /// The ARN that the action is on.
    pub resource: &'a str,
    /// The condition keys that the request has.
    pub context: BTreeMap<&'static str, String>,
}
