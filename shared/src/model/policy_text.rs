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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_bad_policy_states_what_is_wrong() {
        for (policy, part) in [
            ("", "EOF"),
            ("[]", "should be a JSON object"),
            (r#"{"include": [["ou-ab12-workload"]]}"#, "should be a JSON object"),
            (r#"{"include": [{"tag": ["key"]}]}"#, "should be a JSON object"),
            (r#"{"includes": []}"#, "unknown field `includes`"),
            (
                r#"{"include": [{"ou": "Workloads"}]}"#,
                "rule 1 of include has \"Workloads\", which is not the id of an OU",
            ),
            (r#"{"exclude": [{"account": "1"}]}"#, "rule 1 of exclude has a wrong account"),
            (r#"{"priority": [{}]}"#, "rule 1 of priority should have one of ou, account and tag"),
            (r#"{"include": [{"ou": "r-ab12", "account": "333333333333"}]}"#, "should have one of"),
            (r#"{"include": [{"tag": {"key": ""}}]}"#, "a tag without a key"),
        ] {
            let error = policy.parse::<Policy>().unwrap_err();
            assert!(error.to_string().contains(part), "{policy}: {error}");
        }
    }

    #[test]
    fn the_id_of_an_ou_or_of_a_root_is_taken_and_nothing_like_it() {
        let long = |first: &str, root: usize, unit: usize| format!("{first}-{}-{}", "a".repeat(root), "1".repeat(unit));
        for id in ["r-ab12", &long("ou", 4, 8), &long("ou", 32, 32), &format!("r-{}", "a".repeat(32))] {
            assert!(is_unit(id), "{id}");
        }
        for id in [
            "",
            "ou-ab12",
            "r-abc",
            "r-aB12",
            "x-ab12",
            "r-ab12-workload",
            "ou-aB12-workload",
            "ou-ab12-Workload",
            "ou-ab12-work load",
            "ou-ab12-workload-more",
            &long("ou", 3, 8),
            &long("ou", 4, 7),
            &long("ou", 33, 8),
            &long("ou", 4, 33),
            &long("xx", 4, 8),
        ] {
            assert!(!is_unit(id), "{id}");
        }
    }

    #[test]
    fn each_kind_of_rule_is_read() {
        for (rule, expected) in [
            (r#"{"ou": "ou-ab12-workload"}"#, Selector::Unit("ou-ab12-workload".to_owned())),
            (r#"{"account": "333333333333"}"#, Selector::Account("333333333333".parse().unwrap())),
            (
                r#"{"tag": {"key": "a", "value": ""}}"#,
                Selector::Tag { key: "a".to_owned(), value: Some(String::new()) },
            ),
            (r#"{"tag": {"key": "a"}}"#, Selector::Tag { key: "a".to_owned(), value: None }),
        ] {
            let policy: Policy = format!(r#"{{"include": [{rule}]}}"#).parse().unwrap();
            assert_eq!(policy.include, [expected]);
        }
    }

    #[test]
    fn what_a_policy_reads_is_named_in_any_of_its_lists() {
        for list in ["include", "exclude", "priority"] {
            let policy = |rule: &str| format!(r#"{{"{list}": [{rule}]}}"#).parse::<Policy>().unwrap();
            let unit = policy(r#"{"ou": "ou-ab12-workload"}"#);
            assert_eq!(unit.units(), ["ou-ab12-workload"].into(), "{list}");
            assert_eq!(unit.includes_unit("ou-ab12-workload"), list == "include");
            assert!(!unit.includes_unit("ou-ab12-sandboxx") && !unit.reads_tags(), "{list}");
            let tag = policy(r#"{"tag": {"key": "detective"}}"#);
            assert!(tag.units().is_empty() && tag.reads_tags(), "{list}");
        }
    }
}
