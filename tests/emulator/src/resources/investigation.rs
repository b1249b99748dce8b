//! Detective's investigations of IAM users and roles.

use chrono::{DateTime, Utc};

use crate::resources::id::hex;

const SEVERITIES: [&str; 5] = ["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"];

/// An investigation of one IAM user or role.
#[derive(Debug)]
pub(crate) struct Investigation {
    pub(crate) id: String,
    /// The ARN of the user or role.
    pub(crate) entity: String,
    pub(crate) created: DateTime<Utc>,
    /// The start and the end of the time that is investigated.
    pub(crate) scope: (DateTime<Utc>, DateTime<Utc>),
    /// RUNNING or SUCCESSFUL.
    pub(crate) status: &'static str,
    /// ACTIVE or ARCHIVED.
    pub(crate) state: String,
}

impl Investigation {
    /// Whether it is about an IAM_ROLE or an IAM_USER.
    pub(crate) fn entity_type(&self) -> &'static str {
        if self.entity.contains(":role/") { "IAM_ROLE" } else { "IAM_USER" }
    }

    /// How severe it is, from 0. It is made up, decided by the entity alone.
    pub(crate) fn severity(&self) -> usize {
        usize::from_str_radix(&hex(&self.entity, 4), 16).expect("hex makes hexadecimal digits") % SEVERITIES.len()
    }

    /// The severity's name.
    pub(crate) fn severity_name(&self) -> &'static str {
        SEVERITIES[self.severity()]
    }
}
