//! What the binary says when a setting is missing.

use std::process::Command;

#[test]
fn a_missing_setting_is_named() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_organization-reconciler")).env_clear().output().expect("the binary runs");
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{log}");
    assert!(log.contains("environment variable DETECTIVE_REGIONS is missing: set it to "), "{log}");
}
