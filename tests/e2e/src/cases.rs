//! The cases in cases/: the smallest organizations and events that show what people reported.

use detective_emulator::Scenario;
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");

/// The file names of all cases, sorted.
pub fn case_names() -> Vec<String> {
    let files = std::fs::read_dir(FOLDER).expect("cases/ can be read");
    let mut names: Vec<String> = files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn text(name: &str) -> String {
    let path = format!("{FOLDER}/{name}");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The organization of a case.
pub fn case_scenario(name: &str) -> Scenario {
    Scenario::from_yaml(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The event of a case.
pub fn case_event(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
