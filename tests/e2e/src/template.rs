//! template.yaml.

use crate::edit::edit;

/// The project's template.yaml.
pub fn template() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    std::fs::read_to_string(path).expect("template.yaml can be read")
}

/// The template without the SDK's retries, which would hide most faults and take real time: a call that fails has failed.
pub fn without_retries() -> String {
    edit(&template(), r#"AWS_MAX_ATTEMPTS: "6""#, r#"AWS_MAX_ATTEMPTS: "1""#)
}
