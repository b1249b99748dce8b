//! The organization, as far as the functions need it.

use std::collections::BTreeMap;

use crate::model::account::{AccountId, OrganizationAccount};
use crate::model::policy::Scope;

/// The organization's accounts, each with its scope by the policy.
pub type Organization = BTreeMap<AccountId, (OrganizationAccount, Scope)>;
