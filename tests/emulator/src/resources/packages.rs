//! Data source packages: what a behavior graph takes in beside its core data.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

const CORE: &str = "DETECTIVE_CORE";

/// A graph's packages, by name.
pub(crate) type Packages = BTreeMap<&'static str, Package>;

/// A data source package that a graph can be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OptionalPackage {
    /// Findings of AWS Security Hub.
    AsffSecurityhubFinding,
    /// Audit logs of Amazon EKS.
    EksAudit,
}

/// Whether a graph takes a package in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PackageState {
    /// It does.
    Started,
    /// It did. Only the console stops a package: the API has no operation that does.
    Stopped,
    /// It never did.
    Disabled,
}

/// A package's state.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) state: &'static str,
    /// When each state was last entered.
    pub(crate) changes: BTreeMap<&'static str, DateTime<Utc>>,
}

impl OptionalPackage {
    const ALL: [Self; 2] = [Self::AsffSecurityhubFinding, Self::EksAudit];

    fn name(self) -> &'static str {
        match self {
            Self::AsffSecurityhubFinding => "ASFF_SECURITYHUB_FINDING",
            Self::EksAudit => "EKS_AUDIT",
        }
    }

    /// Since when new graphs have it on:
    /// <https://docs.aws.amazon.com/detective/latest/userguide/detective-source-data-about.html>.
    fn on_since(self) -> DateTime<Utc> {
        let (year, month, day) = match self {
            Self::AsffSecurityhubFinding => (2023, 5, 16),
            Self::EksAudit => (2022, 7, 26),
        };
        Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single().expect("it is a day of the calendar")
    }
}

impl Package {
    fn new(state: PackageState, now: DateTime<Utc>) -> Self {
        let mut package = Self { state: "", changes: BTreeMap::new() };
        package.enter(state, now);
        package
    }

    /// Enters a state, unless it is in it. One that is stopped was started before.
    pub(crate) fn enter(&mut self, state: PackageState, now: DateTime<Utc>) {
        let name = match state {
            PackageState::Started => "STARTED",
            PackageState::Stopped => "STOPPED",
            PackageState::Disabled => "DISABLED",
        };
        if self.state != name {
            self.state = name;
            self.changes.insert(name, now);
        }
    }
}

/// A new graph's packages: the core, and those that are on in new graphs at that time.
pub(crate) fn initial(now: DateTime<Utc>) -> Packages {
    let optional = |package: OptionalPackage| {
        let is_on = now >= package.on_since();
        let state = if is_on { PackageState::Started } else { PackageState::Disabled };
        (package.name(), Package::new(state, now))
    };
    let mut packages = BTreeMap::from(OptionalPackage::ALL.map(optional));
    packages.insert(CORE, Package::new(PackageState::Started, now));
    packages
}

/// Gives packages of a new graph other states.
pub(crate) fn set(packages: &mut Packages, states: &BTreeMap<OptionalPackage, PackageState>, now: DateTime<Utc>) {
    for (package, state) in states {
        let mut changed = Package::new(*state, now);
        if *state == PackageState::Stopped {
            changed.changes.insert("STARTED", now);
        }
        packages.insert(package.name(), changed);
    }
}
