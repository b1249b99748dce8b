//! Systems Manager parameters.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// A parameter's account, its Region, and its name without a slash at the beginning, as ARNs have it.
pub(crate) type ParameterKey = (String, String, String);

/// All parameters.
#[derive(Debug, Default)]
pub(crate) struct Parameters(pub(crate) BTreeMap<ParameterKey, Parameter>);

/// A parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Its name, as it was made with.
    pub(crate) name: String,
    /// Its values, oldest first: the first is version 1.
    pub(crate) versions: Vec<Version>,
}

/// A value that a parameter has, or had.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) modified: DateTime<Utc>,
}

impl Parameters {
    /// Sets a parameter. Gives the version's number.
    pub(crate) fn put(&mut self, account: &str, region: &str, name: &str, version: Version) -> usize {
        let key = key(account, region, name);
        let fresh = || Parameter { name: name.to_owned(), versions: Vec::new() };
        let parameter = self.0.entry(key).or_insert_with(fresh);
        parameter.versions.push(version);
        parameter.versions.len()
    }
}

/// The key of a parameter.
pub(crate) fn key(account: &str, region: &str, name: &str) -> ParameterKey {
    (account.to_owned(), region.to_owned(), name.trim_start_matches('/').to_owned())
}
