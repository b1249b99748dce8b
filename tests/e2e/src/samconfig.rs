//! samconfig.toml, as the SAM CLI deploys it.

use std::collections::BTreeMap;

/// A parameter's value, by its name.
pub type Parameters = BTreeMap<String, String>;

/// An environment of samconfig.toml.
#[derive(Debug, Clone, PartialEq)]
pub struct SamEnvironment {
    /// Its name, as `--config-env` takes it.
    pub name: String,
    /// The parameters that it names.
    pub parameters: Parameters,
}

/// The environments of the project's samconfig.toml.
pub fn environments() -> Vec<SamEnvironment> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samconfig.toml");
    environments_of(&std::fs::read_to_string(path).expect("samconfig.toml can be read"))
}

/// The environments of a text that is laid out like it.
pub fn environments_of(text: &str) -> Vec<SamEnvironment> {
    let mut environments = Vec::<SamEnvironment>::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(".deploy.parameters]")) {
            environments.push(SamEnvironment { name: name.to_owned(), parameters: Parameters::new() });
        } else if let Some((name, value)) = line.strip_prefix("    ").and_then(|line| line.split_once('=')) {
            // "Name=value", or 'Name="a value"' for what is empty or has spaces.
            let environment = environments.last_mut().expect("parameters belong to an environment");
            let value = value.trim_end_matches(',').trim_end_matches(['"', '\'']).trim_start_matches('"');
            environment.parameters.insert(name.trim_start_matches(['"', '\'']).to_owned(), value.to_owned());
        }
    }
    environments
}
