//! Data source packages: what a behavior graph takes in beside its core data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

const CORE: &str = "DETECTIVE_CORE";
const OPTIONAL: [&str; 2] = ["ASFF_SECURITYHUB_FINDING", "EKS_AUDIT"];

/// A graph's packages, by name.
pub(crate) type Packages = BTreeMap<&'static str, Package>;

/// A package's state.
#[derive(Debug)]
pub(crate) struct Package {
    /// STARTED or DISABLED.
    pub(crate) state: &'static str,
    /// When each state was last entered.
    pub(crate) changes: BTreeMap<&'static str, DateTime<Utc>>,
}

impl Package {
    fn new(state: &'static str, now: DateTime<Utc>) -> Self {
        Self { state, changes: BTreeMap::from([(state, now)]) }
    }
}

/// A new graph's packages: the core is started, the others are disabled.
pub(crate) fn initial(now: DateTime<Utc>) -> Packages {
    let mut packages = BTreeMap::from(OPTIONAL.map(|name| (name, Package::new("DISABLED", now))));
    packages.insert(CORE, Package::new("STARTED", now));
    packages
}
