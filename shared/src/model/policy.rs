//! Which accounts of the organization are in scope, and who comes first where a graph has no capacity for all.
//!
//! A policy is one JSON object:
//!
//! ```json
//! {
//!   "include": [{"ou": "ou-ab12-workload"}, {"tag": {"key": "detective", "value": "on"}}],
//!   "exclude": [{"ou": "ou-ab12-sandboxes"}, {"account": "333333333333"}],
//!   "priority": [{"ou": "ou-ab12-prodprod"}]
//! }
//! ```
//!
//! Without `include`, every account is included; `exclude` wins over `include`. An OU stands for all accounts below it,
//! at any depth. Accounts that a rule of `priority` selects come first, in the order of the rules; then all others, and
//! always by account id within.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::account::AccountId;

/// Which accounts are in scope, and in which order they get a graph's capacity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    pub(super) include: Vec<Selector>,
    pub(super) exclude: Vec<Selector>,
    pub(super) priority: Vec<Selector>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selector {
    Unit(String),
    Account(AccountId),
    Tag { key: String, value: Option<String> },
}

/// A policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPolicy(pub(super) String);

/// What a policy reads of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traits {
    /// The OUs that the account is in; read only if they decide anything.
    pub units: Vec<String>,
    /// The account's tags; read only if they decide anything.
    pub tags: BTreeMap<String, String>,
}

/// Whether an account is in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// It is; accounts with a lower rank come first.
    In {
        /// The number of the first rule of `priority` that selects it, or the number of rules.
        rank: usize,
    },
    /// A rule of `exclude` selects it.
    Excluded,
    /// There are rules in `include`, and none selects it.
    NotIncluded,
}

impl Policy {
    /// The OUs that the policy names.
    pub fn units(&self) -> BTreeSet<&str> {
        let units = self.selectors().filter_map(|selector| match selector {
            Selector::Unit(unit) => Some(unit.as_str()),
            _ => None,
        });
        units.collect()
    }

    /// Whether a rule of `include` names the OU.
    pub fn includes_unit(&self, unit: &str) -> bool {
        self.include.iter().any(|selector| matches!(selector, Selector::Unit(named) if named == unit))
    }

    /// Whether an account's tags decide anything.
    pub fn reads_tags(&self) -> bool {
        self.selectors().any(|selector| matches!(selector, Selector::Tag { .. }))
    }

    /// Whether an account is in scope, and where it stands.
    pub fn scope(&self, id: AccountId, traits: &Traits) -> Scope {
        let decided = self.decide(|selector| {
            Some(match selector {
                Selector::Tag { key, value } => {
                    traits.tags.get(key).is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
                }
                Selector::Unit(unit) => traits.units.contains(unit),
                Selector::Account(account) => *account == id,
            })
        });
        // Every rule has answered.
        decided.unwrap_or(Scope::NotIncluded)
    }

    /// The same before the account's tags are read, and its OUs if there are none here; `None` if they decide.
    pub fn scope_without_tags(&self, id: AccountId, units: Option<&[String]>) -> Option<Scope> {
        self.decide(|selector| match selector {
            Selector::Tag { .. } => None,
            Selector::Unit(unit) => units.map(|units| units.contains(unit)),
            Selector::Account(account) => Some(*account == id),
        })
    }

    /// The scope by what is known of which rules select the account; `None` if the others decide.
    fn decide(&self, selects: impl Fn(&Selector) -> Option<bool>) -> Option<Scope> {
        let any = |selectors: &[Selector]| {
            let mut any = Some(false);
            for selector in selectors {
                match selects(selector) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => any = None,
                }
            }
            any
        };
        let included = if self.include.is_empty() { Some(true) } else { any(&self.include) };
        match (any(&self.exclude), included) {
            (Some(true), _) => Some(Scope::Excluded),
            // Whether a rule of `exclude` selects it as well makes no difference.
            (_, Some(false)) => Some(Scope::NotIncluded),
            (None, _) | (_, None) => None,
            (Some(false), Some(true)) => {
                for (rank, selector) in self.priority.iter().enumerate() {
                    if selects(selector)? {
                        return Some(Scope::In { rank });
                    }
                }
                Some(Scope::In { rank: self.priority.len() })
            }
        }
    }

    fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.include.iter().chain(&self.exclude).chain(&self.priority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(policy: &str, id: &str, units: &[&str], tags: &[(&str, &str)]) -> Scope {
        let traits = Traits {
            units: units.iter().map(|unit| (*unit).to_owned()).collect(),
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        };
        policy.parse::<Policy>().unwrap().scope(id.parse().unwrap(), &traits)
    }

    #[test]
    fn an_empty_policy_takes_every_account() {
        assert_eq!(scope("{}", "333333333333", &["r-ab12"], &[]), Scope::In { rank: 0 });
    }

    #[test]
    fn an_ou_stands_for_everything_below_it() {
        let policy = r#"{"include": [{"ou": "ou-ab12-workload"}]}"#;
        let below = ["r-ab12", "ou-ab12-workload", "ou-ab12-prodprod"];
        assert_eq!(scope(policy, "333333333333", &below, &[]), Scope::In { rank: 0 });
        assert_eq!(scope(policy, "333333333333", &["r-ab12", "ou-ab12-sandboxx"], &[]), Scope::NotIncluded);
    }

    #[test]
    fn exclusion_wins_over_inclusion() {
        let policy = r#"{"include": [{"ou": "ou-ab12-workload"}], "exclude": [{"account": "333333333333"}]}"#;
        assert_eq!(scope(policy, "333333333333", &["ou-ab12-workload"], &[]), Scope::Excluded);
        assert_eq!(scope(policy, "444444444444", &["ou-ab12-workload"], &[]), Scope::In { rank: 0 });
    }

    #[test]
    fn a_tag_selects_by_key_or_by_key_and_value() {
        let any = r#"{"exclude": [{"tag": {"key": "detective"}}]}"#;
        let off = r#"{"exclude": [{"tag": {"key": "detective", "value": "off"}}]}"#;
        assert_eq!(scope(any, "333333333333", &[], &[("detective", "on")]), Scope::Excluded);
        assert_eq!(scope(off, "333333333333", &[], &[("detective", "on")]), Scope::In { rank: 0 });
        assert_eq!(scope(off, "333333333333", &[], &[("detective", "off")]), Scope::Excluded);
    }

    #[test]
    fn the_first_rule_of_priority_decides_the_rank() {
        let policy = r#"{"priority": [{"ou": "ou-ab12-prodprod"}, {"tag": {"key": "tier", "value": "1"}}]}"#;
        assert_eq!(scope(policy, "333333333333", &["ou-ab12-prodprod"], &[("tier", "1")]), Scope::In { rank: 0 });
        assert_eq!(scope(policy, "333333333333", &[], &[("tier", "1")]), Scope::In { rank: 1 });
        assert_eq!(scope(policy, "333333333333", &[], &[]), Scope::In { rank: 2 });
    }

    #[test]
    fn tags_and_ous_are_open_only_where_the_rest_of_the_policy_does_not_decide() {
        let (in_it, out_of_it) = (["ou-ab12-workload".to_owned()], ["ou-ab12-sandboxx".to_owned()]);
        let (tag, ou) = (r#"{"tag": {"key": "detective"}}"#, r#"{"ou": "ou-ab12-workload"}"#);
        let account = r#"{"account": "333333333333"}"#;
        let (ranked, included) = (|rank| Some(Scope::In { rank }), Some(Scope::In { rank: 0 }));
        for (policy, without_units, in_it_is, out_of_it_is) in [
            // Who is included by something else may still be excluded by a tag, and who is excluded is so anyway.
            (format!(r#"{{"include": [{ou}], "exclude": [{tag}]}}"#), None, None, Some(Scope::NotIncluded)),
            (format!(r#"{{"include": [{ou}, {tag}]}}"#), None, included, None),
            (format!(r#"{{"exclude": [{ou}, {tag}]}}"#), None, Some(Scope::Excluded), None),
            (format!(r#"{{"include": [{tag}, {account}], "exclude": [{ou}]}}"#), None, Some(Scope::Excluded), included),
            (format!(r#"{{"include": [{account}]}}"#), included, included, included),
            (
                format!(r#"{{"exclude": [{account}, {tag}, {ou}]}}"#),
                Some(Scope::Excluded),
                Some(Scope::Excluded),
                Some(Scope::Excluded),
            ),
            // A tag that comes later than what selects it does not change the rank.
            (format!(r#"{{"priority": [{ou}, {tag}]}}"#), None, included, None),
            (
                format!(r#"{{"priority": [{{"account": "444444444444"}}, {account}, {tag}]}}"#),
                ranked(1),
                ranked(1),
                ranked(1),
            ),
        ] {
            let parsed = policy.parse::<Policy>().unwrap();
            let scope = |units| parsed.scope_without_tags("333333333333".parse().unwrap(), units);
            let scopes = (scope(None), scope(Some(&in_it[..])), scope(Some(&out_of_it[..])));
            assert_eq!(scopes, (without_units, in_it_is, out_of_it_is), "{policy}");
        }
    }

    #[test]
    fn a_policy_of_one_list_is_in_force_by_that_list_alone() {
        for (rule, mine) in [
            (r#"{"account": "333333333333"}"#, ("333333333333", "", "")),
            (r#"{"ou": "ou-ab12-workload"}"#, ("444444444444", "ou-ab12-workload", "")),
            (r#"{"tag": {"key": "tier"}}"#, ("444444444444", "", "tier")),
        ] {
            for (list, selected, not_selected) in [
                ("include", Scope::In { rank: 0 }, Scope::NotIncluded),
                ("exclude", Scope::Excluded, Scope::In { rank: 0 }),
                ("priority", Scope::In { rank: 0 }, Scope::In { rank: 1 }),
            ] {
                let policy = format!(r#"{{"{list}": [{rule}]}}"#);
                let of = |(id, unit, tag)| scope(&policy, id, &[unit], &[(tag, "1")]);
                assert_eq!((of(mine), of(("555555555555", "", ""))), (selected, not_selected), "{policy}");
            }
        }
    }
}
