//! What a policy is evaluated for.

use std::collections::BTreeMap;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Principal<'a> {
    /// An AWS service, such as `events.amazonaws.com`.
    Service(&'a str),
    /// A role of an account.
    Account(&'a str),
    /// Nobody needs to be named: the policy is the caller's own.
    Own,
}

/// What is asked of a policy.
#[derive(Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// The action, such as `sqs:SendMessage`.
    pub action: &'a str,
    /// The ARN that the action is on.
    pub resource: &'a str,
    /// The condition keys that the request has.
    pub context: BTreeMap<&'static str, String>,
}
