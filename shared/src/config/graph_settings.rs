//! How behavior graphs should be.

use std::collections::BTreeMap;

use aws_sdk_detective::types::DatasourcePackage;

use crate::environment::{ConfigError, Environment};
use crate::model::region::Region;

/// How behavior graphs should be, besides their members.
#[derive(Debug, Clone)]
pub struct GraphSettings {
    /// Whether every Region is to have a graph (`CREATE_MISSING_GRAPHS`).
    pub create_missing: bool,
    /// The Regions in which a missing graph is created as one by invitation (`INVITATION_GRAPH_REGIONS`). In others, the
    /// organization's designation of its Detective administrator creates it.
    pub invitation_regions: Vec<Region>,
    /// The tags of a graph that is created (`GRAPH_TAGS`).
    pub tags: BTreeMap<String, String>,
    /// Whether Detective is to enable new accounts by itself (`AUTO_ENABLE`), where that is configured.
    pub auto_enable: Option<bool>,
    /// Data source packages that are to be on, and those that are to be off (`DATASOURCE_PACKAGES`).
    pub packages: BTreeMap<DatasourcePackage, bool>,
    /// Whether AutoEnable is corrected, and not only reported (`CORRECT_DRIFT`).
    pub correct_drift: bool,
}

/// Reads how behavior graphs should be.
pub fn graph_settings(environment: &Environment<'_>) -> Result<GraphSettings, ConfigError> {
    const REGIONS: &str = "Region codes separated by commas, such as us-east-1,eu-west-1, or nothing";
    Ok(GraphSettings {
        create_missing: environment.parsed("CREATE_MISSING_GRAPHS", false, "true or false")?,
        invitation_regions: environment.list("INVITATION_GRAPH_REGIONS", REGIONS)?,
        tags: tags(environment)?,
        auto_enable: auto_enable(environment)?,
        packages: packages(environment)?,
        correct_drift: correct_drift(environment)?,
    })
}

/// Whether a setting of Detective that is not as it should be is corrected, and not only reported (`CORRECT_DRIFT`).
pub fn correct_drift(environment: &Environment<'_>) -> Result<bool, ConfigError> {
    environment.parsed("CORRECT_DRIFT", false, "true or false")
}

fn auto_enable(environment: &Environment<'_>) -> Result<Option<bool>, ConfigError> {
    match environment.text("AUTO_ENABLE").as_deref() {
        None => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(other) => Err(ConfigError::new("AUTO_ENABLE", format!("is {other:?}"), "on, off, or nothing")),
    }
}

fn packages(environment: &Environment<'_>) -> Result<BTreeMap<DatasourcePackage, bool>, ConfigError> {
    const VARIABLE: &str = "DATASOURCE_PACKAGES";
    const EXPECTED: &str = "EKS_AUDIT and ASFF_SECURITYHUB_FINDING, each with =on or =off or as it is for on, such as \
        EKS_AUDIT,ASFF_SECURITYHUB_FINDING=off, or nothing";
    let items: Vec<String> = environment.list(VARIABLE, EXPECTED)?;
    let wrong = |item: &str| ConfigError::new(VARIABLE, format!("names {item:?}"), EXPECTED);
    let mut packages = BTreeMap::new();
    for item in items {
        let (name, is_on) = match item.split_once('=') {
            None => (item.as_str(), true),
            Some((name, "on")) => (name, true),
            Some((name, "off")) => (name, false),
            Some(_) => return Err(wrong(&item)),
        };
        let package = match DatasourcePackage::from(name) {
            known @ (DatasourcePackage::EksAudit | DatasourcePackage::AsffSecurityhubFinding) => known,
            _ => return Err(wrong(&item)),
        };
        if packages.insert(package, is_on).is_some_and(|before| before != is_on) {
            return Err(ConfigError::new(VARIABLE, format!("has {name} as on and as off"), EXPECTED));
        }
    }
    Ok(packages)
}

fn tags(environment: &Environment<'_>) -> Result<BTreeMap<String, String>, ConfigError> {
    const VARIABLE: &str = "GRAPH_TAGS";
    const EXPECTED: &str = "tags such as team=security,stage=prod, or nothing";
    let pairs: Vec<String> = environment.list(VARIABLE, EXPECTED)?;
    let tag = |pair: String| match pair.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err(ConfigError::new(VARIABLE, format!("has {pair:?}"), EXPECTED)),
    };
    pairs.into_iter().map(tag).collect()
}
