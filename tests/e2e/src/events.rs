//! The example events in events/.

use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");

/// The example event of that name.
pub fn example_event(name: &str) -> Value {
    let path = format!("{FOLDER}/{name}.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("an example event is JSON")
}

/// The names of all example events, sorted.
pub fn example_event_names() -> Vec<String> {
    let files = std::fs::read_dir(FOLDER).expect("events/ can be read");
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.map(|name| name.strip_suffix(".json").expect("events/ holds JSON files only").to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// A CreateAccountResult event for an account.
pub fn account_created(id: &str) -> Value {
    let mut event = example_event("create-account-succeeded");
    event["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"] = id.into();
    event
}

/// A RemoveAccountFromOrganization event for an account.
pub fn account_removed(id: &str) -> Value {
    let mut event = example_event("remove-account");
    event["detail"]["requestParameters"]["accountId"] = id.into();
    event
}
