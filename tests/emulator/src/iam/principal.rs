//! Who makes a request, and whether a policy names it.

use serde_json::Value;

use crate::iam::pattern::texts;

/// Who makes a request.
#[derive(Debug, Clone, Copy)]
pub enum Principal<'a> {
    /// An AWS service, such as `events.amazonaws.com`.
    Service(&'a str),
    /// A role of an account.
    Account(&'a str),
    /// A user, or a session of a role.
    Caller {
        /// The account that it belongs to.
        account: &'a str,
        /// Its ARN.
        arn: &'a str,
    },
    /// The caller itself: the policy is its own, and names no principal.
    Own,
}

impl Principal<'_> {
    /// Whether the Principal element of a statement names it.
    pub(crate) fn is_named_by(self, element: &Value) -> bool {
        let aws = |account: &str, names: &dyn Fn(&str) -> bool| {
            let root = format!(":iam::{account}:root");
            texts(&element["AWS"])
                .any(|named| named == "*" || named == account || named.ends_with(&root) || names(named))
        };
        match self {
            Self::Own => true,
            _ if element == "*" => true,
            Self::Service(service) => texts(&element["Service"]).any(|named| named == service),
            Self::Account(account) => aws(account, &|_| false),
            Self::Caller { account, arn } => {
                let role = role_of(arn);
                aws(account, &|named| named == arn || role.as_deref() == Some(named))
            }
        }
    }
}

/// The role behind the ARN of a session; `None` for another principal.
pub(crate) fn role_of(arn: &str) -> Option<String> {
    let (partition, session) = arn.strip_prefix("arn:")?.split_once(":sts::")?;
    let (account, rest) = session.split_once(":assumed-role/")?;
    let (name, _) = rest.rsplit_once('/')?;
    Some(format!("arn:{partition}:iam::{account}:role/{name}"))
}
