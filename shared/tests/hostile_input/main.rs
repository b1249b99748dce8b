//! Input from outside that nobody promised anything about: the corpus of tests/fuzz, the example events, mutations of all of
//! them, and arbitrary JSON, through the entries that fuzzing has.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../tests/fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets use it as a library")]
mod entries;
mod mutations;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::mutations::{json, mutate, mutation};

/// What is in a folder, by name.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Gives how many parsers accepted it.
fn every_entry(data: &[u8]) -> usize {
    entries::ENTRIES.iter().filter(|(_, entry)| entry(data)).count()
}

/// Tries inputs from a fixed seed, the same in every run. Gives how many were tried, and how many a parser accepted.
fn run<S: Strategy>(cases: u32, strategy: &S, bytes: impl Fn(S::Value) -> Vec<u8>) -> [usize; 2] {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (tried, accepted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let result = runner.run(strategy, |value| {
        tried.fetch_add(1, Ordering::Relaxed);
        accepted.fetch_add(every_entry(&bytes(value)), Ordering::Relaxed);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    [tried.into_inner(), accepted.into_inner()]
}

#[test]
fn every_file_of_the_corpus_and_every_example_event_is_read_without_a_panic() {
    let (mut tried, mut accepted) = (0, 0);
    for (name, entry) in entries::ENTRIES {
        let corpus = files(&format!("tests/fuzz/corpus/{name}"));
        assert!(corpus.len() > 5, "the corpus of {name} has {} files", corpus.len());
        let events = files("events");
        accepted += corpus.iter().chain(&events).filter(|data| entry(data)).count();
        tried += corpus.len() + events.len();
    }
    println!("corpus: {tried} cases, {accepted} accepted and checked, panics: 0, accounts not named: 0");
}

#[test]
fn no_mutation_of_an_event_or_policy_and_no_json_panics_or_names_an_account_that_is_not_there() {
    let seeds: Vec<Value> = entries::ENTRIES
        .iter()
        .flat_map(|(name, _)| files(&format!("tests/fuzz/corpus/{name}")))
        .filter_map(|data| serde_json::from_slice(&data).ok())
        .collect();
    let mutated = (any::<Index>(), prop::collection::vec(mutation(), 1..5)).prop_map(|(seed, mutations)| {
        let mut event = seed.get(&seeds).clone();
        mutations.into_iter().for_each(|mutation| mutate(&mut event, mutation));
        event.to_string().into_bytes()
    });
    // Bytes changed, whatever they stood for.
    let garbled =
        (any::<Index>(), prop::collection::vec((any::<Index>(), any::<u8>()), 1..8)).prop_map(|(seed, bytes)| {
            let mut text = seed.get(&seeds).to_string().into_bytes();
            bytes.into_iter().for_each(|(at, byte)| *at.get_mut(&mut text) = byte);
            text
        });
    let [mutated, garbled, arbitrary] = [
        run(12_000, &mutated, |data| data),
        run(6_000, &garbled, |data| data),
        run(6_000, &json(), |value| value.to_string().into_bytes()),
    ];
    assert!(mutated[1] > 1000 && garbled[1] > 100, "hardly an input is accepted: {mutated:?}, {garbled:?}");
    println!(
        "hostile input: {} cases ({} inputs, {} parsers), {} accepted and checked, panics: 0, accounts not named: 0",
        (mutated[0] + garbled[0] + arbitrary[0]) * entries::ENTRIES.len(),
        mutated[0] + garbled[0] + arbitrary[0],
        entries::ENTRIES.len(),
        mutated[1] + garbled[1] + arbitrary[1],
    );
}
