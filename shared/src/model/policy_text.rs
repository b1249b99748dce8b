//! Reads a policy from its JSON.

use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use crate::model::policy::{InvalidPolicy, Policy, Selector};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyText {
    #[serde(default)]
    include: Vec<SelectorText>,
    #[serde(default)]
    exclude: Vec<SelectorText>,
    #[serde(default)]
    priority: Vec<SelectorText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SelectorText {
    ou: Option<String>,
    account: Option<String>,
    tag: Option<TagText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagText {
    key: String,
    value: Option<String>,
}

impl FromStr for Policy {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |error: serde_json::Error| InvalidPolicy(error.to_string());
        let value: Value = serde_json::from_str(text).map_err(invalid)?;
        // serde would take a list for an object, member by member.
        let rules =
            value.as_object().into_iter().flat_map(|policy| policy.values()).filter_map(Value::as_array).flatten();
        let tags = rules.clone().filter_map(|rule| rule.get("tag"));
        if !std::iter::once(&value).chain(rules).chain(tags).all(Value::is_object) {
            return Err(InvalidPolicy("a policy, each of its rules and a tag should be a JSON object".to_owned()));
        }
        let parsed: PolicyText = serde_json::from_value(value).map_err(invalid)?;
        let selectors = |list: &str, rules: Vec<SelectorText>| -> Result<Vec<Selector>, InvalidPolicy> {
            let rules = rules.into_iter().enumerate();
            rules
                .map(|(index, rule)| {
                    selector(rule).map_err(|problem| InvalidPolicy(format!("rule {} of {list} {problem}", index + 1)))
                })
                .collect()
        };
        Ok(Self {
            include: selectors("include", parsed.include)?,
            exclude: selectors("exclude", parsed.exclude)?,
            priority: selectors("priority", parsed.priority)?,
        })
    }
}

fn selector(rule: SelectorText) -> Result<Selector, String> {
    match (rule.ou, rule.account, rule.tag) {
        (Some(unit), None, None) if is_unit(&unit) => Ok(Selector::Unit(unit)),
        (Some(unit), None, None) => Err(format!("has {unit:?}, which is not the id of an OU such as ou-ab12-cdef3456")),
        (None, Some(account), None) => {
            account.parse().map(Selector::Account).map_err(|error| format!("has a wrong account: {error}"))
        }
        (None, None, Some(TagText { key, .. })) if key.is_empty() => Err("has a tag without a key".to_owned()),
        (None, None, Some(TagText { key, value })) => Ok(Selector::Tag { key, value }),
        _ => Err("should have one of ou, account and tag".to_owned()),
    }
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html>; the root is an OU too.
fn is_unit(text: &str) -> bool {
    let lower = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match text.split('-').collect::<Vec<_>>()[..] {
        ["ou", root, unit] => lower(root, 4..=32) && lower(unit, 8..=32),
        ["r", root] => lower(root, 4..=32),
        _ => false,
    }
}
