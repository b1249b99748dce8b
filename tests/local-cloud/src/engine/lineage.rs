//! How often the functions of a chain of invocations were invoked, by which Lambda detects recursive loops.
//!
//! Lambda keeps it in X-Ray's trace header, the SDKs pass the header on, and SQS keeps it with the messages.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// After about so many invocations of a function in a chain, Lambda stops the next one.
const MOST: u32 = 16;

/// The invocations of a chain, by function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lineage(BTreeMap<String, u32>);

impl Lineage {
    /// The lineage in a trace header, which is empty if the header has none.
    pub(super) fn of_trace(header: &str) -> Self {
        let value = header.split(';').find_map(|part| part.strip_prefix("Lineage=")).unwrap_or_default();
        let entry = |part: &str| {
            let (function, count) = part.split_once(':')?;
            Some((function.to_owned(), count.parse().ok()?))
        };
        Self(value.split('|').filter_map(entry).collect())
    }

    /// The lineage of an invocation for messages of several chains: of each function the most.
    pub(super) fn join(&mut self, other: Self) {
        for (function, count) in other.0 {
            let most = self.0.entry(function).or_default();
            *most = count.max(*most);
        }
    }

    /// Whether Lambda takes the next invocation of the function for a recursive loop.
    pub(super) fn is_loop(&self, function: &str) -> bool {
        self.0.get(&key(function)).is_some_and(|count| *count >= MOST)
    }

    /// The lineage with one more invocation of the function.
    #[must_use]
    pub(crate) fn with(&self, function: &str) -> Self {
        let mut next = self.clone();
        *next.0.entry(key(function)).or_default() += 1;
        next
    }
}

impl fmt::Display for Lineage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(function, count)| format!("{function}:{count}")).collect();
        formatter.write_str(&parts.join("|"))
    }
}

/// Lambda names functions by eight digits.
fn key(function: &str) -> String {
    let mut hasher = DefaultHasher::new();
    function.hash(&mut hasher);
    format!("{:08x}", hasher.finish() >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_stopped_after_sixteen_invocations_of_one_chain_and_others_are_not() {
        let mut lineage = Lineage::default().with("other");
        for _ in 0..MOST {
            assert!(!lineage.is_loop("function"));
            lineage = Lineage::of_trace(&format!("Root=1-2-3;Parent=4;Sampled=0;Lineage={}", lineage.with("function")));
        }
        assert!(lineage.is_loop("function") && !lineage.is_loop("other"));
    }

    #[test]
    fn chains_that_meet_count_as_the_longest() {
        let mut lineage = Lineage::of_trace("Lineage=a:3|b:1");
        lineage.join(Lineage::of_trace("Root=1;Lineage=a:2|b:5"));
        assert_eq!(lineage.to_string(), "a:3|b:5");
        assert_eq!(Lineage::of_trace("Root=1-2-3"), Lineage::default());
    }
}
