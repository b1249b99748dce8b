//! The coverage page: one HTML file for people, with every account in every Region.

mod columns;
mod document;
mod last;
mod part;
mod store;
mod table;

use std::borrow::Cow;
use std::collections::BTreeMap;

use detective_onboarding::model::account::AccountId;
use serde_json::json;

use columns::{Region, region};
pub(crate) use document::{Kept, Note};
pub(crate) use last::LastPage;
pub use part::{RegionPart, RegionSummary, State};

/// An account's name, and the path of the OU that it is in, each if it is known.
pub type Described<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// The page of these Regions, made at a time.
pub fn page<'a>(made: &str, describe: impl Fn(AccountId) -> Described<'a>, parts: &[&RegionPart]) -> Vec<u8> {
    let mut ids: Vec<AccountId> = parts.iter().flat_map(|part| part.accounts.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut units: BTreeMap<Cow<'_, str>, usize> = BTreeMap::new();
    let mut account = |id: &AccountId| {
        let (name, unit) = describe(*id);
        let next = units.len();
        (*id, name, unit.map(|unit| *units.entry(unit).or_insert(next)))
    };
    let accounts: Vec<_> = ids.iter().map(&mut account).collect();
    let mut paths = vec![Cow::default(); units.len()];
    units.into_iter().for_each(|(path, place)| paths[place] = path);
    let regions: Vec<Region<'_>> = parts.iter().map(|part| region(part, &ids)).collect();
    let data = json!({"made": made, "units": paths, "accounts": accounts, "regions": regions}).to_string();
    coverage_page::page("Amazon Detective coverage", &data).into_bytes()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use detective_onboarding::model::time::format_time;
    use detective_onboarding::plan::needs::Needs;

    use super::*;

    fn summary(region: &str, time: &str, percent: f64) -> RegionSummary {
        RegionSummary {
            region: region.to_owned(),
            time: time.to_owned(),
            dry_run: false,
            graph_arn: String::new(),
            in_scope: 1,
            enabled: 1,
            percent,
            runs: Vec::new(),
        }
    }

    fn part(region: &str, states: &[(&str, &'static str)]) -> RegionPart {
        let state = |(id, reason): &(&str, &'static str)| {
            let (status, outcome, action, message) = ("".into(), "blocked".into(), "".into(), "".into());
            let reason = Cow::Borrowed(*reason);
            (id.parse().unwrap(), State { status, outcome, action, reason, message, needs: Needs::Person })
        };
        RegionPart::new(summary(region, "2026-01-02T00:00:00Z", 50.0), states.iter().map(state))
    }

    fn data(page: &[u8]) -> serde_json::Value {
        let page = std::str::from_utf8(page).unwrap();
        let (_, data) = page.split_once("id=\"data\">").unwrap();
        serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
    }

    #[test]
    fn every_account_has_its_state_in_every_region() {
        let one = part("eu-west-1", &[("111111111111", "a"), ("333333333333", "b"), ("444444444444", "a")]);
        let other = part("us-east-1", &[("222222222222", "b"), ("333333333333", "b")]);
        let describe = |id: AccountId| match id.to_string().as_str() {
            "333333333333" => ("three".into(), Some("r-root/ou-1".into())),
            _ => ("".into(), None),
        };
        let data = data(&page("2026-01-05T09:00:00Z", describe, &[&one, &other]));
        assert_eq!(data["regions"][0]["states"], json!([0, -1, 1, 0]));
        assert_eq!(data["regions"][1]["states"], json!([-1, 0, 0, -1]));
        assert_eq!(data["regions"][0]["kinds"][1]["reason"], "b");
        assert_eq!(data["accounts"][2], json!(["333333333333", "three", 0]));
        assert_eq!(data["accounts"][3], json!(["444444444444", "", null]));
        assert_eq!(data["units"], json!(["r-root/ou-1"]));
    }

    #[test]
    fn what_an_earlier_version_held_is_by_whom_it_needs() {
        let mut stored = serde_json::to_value(part("eu-west-1", &[("111111111111", "graph-quota")])).unwrap();
        stored["kinds"][0]["outcome"] = json!("held");
        for (needs, outcome) in [("person", "blocked"), ("time", "waiting"), ("nobody", "excluded")] {
            stored["kinds"][0]["needs"] = json!(needs);
            let part: RegionPart = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(serde_json::to_value(part.upgraded()).unwrap()["kinds"][0]["outcome"], outcome);
        }
    }

    #[test]
    fn a_name_is_text_whatever_it_is() {
        let name = "</script><script>alert(1)</script><!-- \u{2028}";
        let page =
            page("2026-01-05T09:00:00Z", |_| (name.into(), None), &[&part("eu-west-1", &[("111111111111", "a")])]);
        assert_eq!(data(&page)["accounts"][0][1], name);
        assert!(!String::from_utf8(page).unwrap().contains("alert(1)<"));
    }

    #[test]
    fn a_region_lists_its_last_runs_once_each_and_not_without_end() {
        let mut last: Option<RegionPart> = None;
        for (run, time) in (0..600).map(|run| (run, format_time(DateTime::from_secs(run * 60)))) {
            let part = RegionPart::new(summary("eu-west-1", &time, run as f64), std::iter::empty());
            let again = part.clone().after(last.as_ref());
            last = Some(part.after(Some(&again)));
        }
        let runs = last.unwrap().summary.runs;
        assert_eq!((runs.len(), runs[0].1, runs[239].1), (240, 360.0, 599.0));
    }
}
