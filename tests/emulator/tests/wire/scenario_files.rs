//! Mistyped scenario files: they are refused with a reason, or they are a cloud.

use std::cell::Cell;
use std::path::Path;

use detective_emulator::{Cloud, Scenario};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What is written in place of something else.
const ODD: &[&str] = &[
    "",
    "0",
    "-1",
    "1.5",
    "1e99",
    "18446744073709551615",
    "999999999999",
    "\"999999999999\"",
    "\"12345678901\u{663}\"",
    "true",
    "null",
    "~",
    "[]",
    "{}",
    "{a: b}",
    "[1, [2]]",
    "&a [*a]",
    "2026-13-05T09:00:00Z",
    "+262142-12-31T23:59:59Z",
    "0s",
    "-5s",
    "99999999999days",
    "us-east-1",
    "not a region",
    "ACCEPTED_BUT_DISABLED",
    "\"\\u0000\"",
    "accounts:",
    "- ",
    "}",
];

#[derive(Debug, Clone)]
enum Change {
    /// A word is replaced.
    Word(Index, &'static str),
    /// A line is missing or repeated.
    Line(Index, usize),
    /// A byte is replaced.
    Byte(Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (any::<Index>(), select(ODD)).prop_map(|(at, odd)| Change::Word(at, odd)),
        2 => (any::<Index>(), select(vec![0, 2])).prop_map(|(at, times)| Change::Line(at, times)),
        1 => (any::<Index>(), 32..127_u8).prop_map(|(at, byte)| Change::Byte(at, byte)),
    ]
}

fn apply(text: &str, change: &Change) -> String {
    match change {
        Change::Word(at, odd) => {
            let words: Vec<(usize, &str)> = text
                .split([' ', '\n', ',', '[', ']', '{', '}'])
                .filter(|word| !word.is_empty())
                .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
                .collect();
            if words.is_empty() {
                return text.to_owned();
            }
            let (start, word) = at.get(&words);
            [&text[..*start], odd, &text[start + word.len()..]].concat()
        }
        Change::Line(at, times) => {
            let lines: Vec<&str> = text.lines().collect();
            let chosen = at.index(lines.len().max(1));
            let repeated = lines
                .iter()
                .enumerate()
                .flat_map(|(index, line)| std::iter::repeat_n(*line, if index == chosen { *times } else { 1 }));
            repeated.collect::<Vec<_>>().join("\n")
        }
        Change::Byte(at, byte) => {
            let mut bytes = text.as_bytes().to_vec();
            if !bytes.is_empty() {
                *at.get_mut(&mut bytes) = *byte;
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

#[test]
fn a_mistyped_scenario_is_refused_with_a_reason_or_is_a_cloud() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let seeds = ["conformance/scenario.yaml", "local-cloud/scenarios/small.yaml"]
        .map(|path| std::fs::read_to_string(tests.join(path)).unwrap());
    let mistyped = (any::<Index>(), prop::collection::vec(change(), 1..4))
        .prop_map(|(seed, changes)| changes.iter().fold(seed.get(&seeds).clone(), |text, change| apply(&text, change)));
    let config = Config { cases: 3_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (taken, refused) = (Cell::new(0), Cell::new(0));
    runner
        .run(&mistyped, |text| {
            match Scenario::from_yaml(&text).and_then(|scenario| Cloud::new(&scenario)) {
                Ok(cloud) => {
                    cloud.advance(chrono::TimeDelta::days(1));
                    cloud.snapshot();
                    taken.set(taken.get() + 1);
                }
                Err(error) => {
                    prop_assert!(!error.to_string().is_empty());
                    refused.set(refused.get() + 1);
                }
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let (taken, refused) = (taken.get(), refused.get());
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
    println!("scenario files: {} mistyped, {taken} taken, {refused} refused, panics: 0", taken + refused);
}
