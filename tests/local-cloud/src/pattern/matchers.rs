//! What a pattern asks of a field's value.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

/// What a pattern asks of each field, by the field's path.
pub(super) type Fields = BTreeMap<String, Vec<Matcher>>;

/// What a pattern asks of a field's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    /// The field is not there.
    Absent,
    /// The field is there.
    Present,
    /// This value. Numbers are equal as numbers.
    Equal(Value),
    /// A text like this.
    Text(Text),
    /// A number between these, both of which may be missing: the limit, and whether it is one of them.
    Number { above: Option<(f64, bool)>, below: Option<(f64, bool)> },
    /// An address in this network: how many of its first bits are the same.
    Network(IpAddr, u32),
    /// Anything that none of these is.
    Not(Vec<Matcher>),
}

/// How a text is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Prefix(String),
    Suffix(String),
    /// The same in lower case.
    PrefixInAnyCase(String),
    SuffixInAnyCase(String),
    InAnyCase(String),
    /// Characters, and `None` for any number of any.
    Wildcard(Vec<Option<char>>),
}

impl Matcher {
    /// Whether a value of an event is asked for.
    pub(super) fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Absent => false,
            Self::Present => true,
            Self::Equal(wanted) => match (wanted.as_f64(), value.as_f64()) {
                (Some(wanted), Some(value)) => wanted == value,
                _ => wanted == value,
            },
            Self::Text(text) => value.as_str().is_some_and(|value| text.matches(value)),
            Self::Number { above, below } => value.as_f64().is_some_and(|value| {
                above.is_none_or(|(limit, included)| value > limit || (included && value == limit))
                    && below.is_none_or(|(limit, included)| value < limit || (included && value == limit))
            }),
            Self::Network(network, bits) => {
                let address = value.as_str().and_then(|text| text.parse().ok());
                address.is_some_and(|address| is_in(address, *network, *bits))
            }
            Self::Not(matchers) => !matchers.iter().any(|matcher| matcher.matches(value)),
        }
    }
}

impl Text {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Prefix(start) => value.starts_with(start),
            Self::Suffix(end) => value.ends_with(end),
            Self::PrefixInAnyCase(start) => value.to_lowercase().starts_with(start),
            Self::SuffixInAnyCase(end) => value.to_lowercase().ends_with(end),
            Self::InAnyCase(text) => value.to_lowercase() == *text,
            Self::Wildcard(parts) => is_like(&value.chars().collect::<Vec<_>>(), parts),
        }
    }
}

fn is_like(text: &[char], parts: &[Option<char>]) -> bool {
    match parts.split_first() {
        None => text.is_empty(),
        Some((None, rest)) => (0..=text.len()).any(|start| is_like(&text[start..], rest)),
        Some((Some(wanted), rest)) => {
            text.split_first().is_some_and(|(first, text)| first == wanted && is_like(text, rest))
        }
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let same = |one: u128, other: u128, width: u32| bits == 0 || (one ^ other) >> (width - bits) == 0;
    match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => same(u32::from(one).into(), u32::from(other).into(), 32),
        (IpAddr::V6(one), IpAddr::V6(other)) => same(one.into(), other.into(), 128),
        _ => false,
    }
}
