//! A plan for programs: one object with every account in every Region.

use std::io::{self, Write};

use detective_onboarding::error::Failure;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::region::Region;
use detective_onboarding::report::coverage::Coverage;
use detective_onboarding::report::drift::Drift;
use detective_onboarding::report::lists::AccountLists;
use detective_onboarding::report::region::{GraphState, RegionReport};
use serde::{Serialize, Serializer};

use super::collected::Ending;
use super::planned::Plan;
use super::totals::Totals;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanView<'a> {
    dry_run: bool,
    organization: &'a str,
    administrator: AccountId,
    accounts: usize,
    totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Failure>,
    #[serde(serialize_with = "regions")]
    regions: &'a Plan,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionView<'a> {
    region: &'a Region,
    graph: GraphState,
    #[serde(skip_serializing_if = "Option::is_none")]
    graph_arn: Option<&'a GraphArn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Failure>,
    totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<&'a Coverage>,
    drift: &'a [Drift],
    warnings: &'a [String],
    #[serde(flatten)]
    lists: &'a AccountLists,
    #[serde(serialize_with = "accounts")]
    accounts: (&'a Plan, &'a Region),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountView<'a> {
    account_id: AccountId,
    name: &'a str,
    unit: &'a str,
    #[serde(flatten)]
    ending: &'a Ending,
}

/// Writes a plan as one line. It is written as it is made: all of it as values would take many times the memory.
///
/// # Errors
/// `out` takes no more.
pub(super) fn write(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let view = PlanView {
        dry_run: true,
        organization: &plan.organization,
        administrator: plan.administrator,
        accounts: plan.collected.accounts.len(),
        totals: plan.totals(),
        error: plan.report.error.as_ref(),
        regions: plan,
    };
    serde_json::to_writer(&mut *out, &view)?;
    writeln!(out)
}

fn regions<S: Serializer>(plan: &Plan, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(plan.report.regions.iter().map(|report| view(plan, report)))
}

fn view<'a>(plan: &'a Plan, report: &'a RegionReport) -> RegionView<'a> {
    RegionView {
        region: &report.region,
        graph: report.graph,
        graph_arn: report.graph_arn.as_ref(),
        error: report.error.as_ref(),
        totals: plan.totals_of(&report.region),
        coverage: report.coverage.as_ref(),
        drift: &report.drift,
        warnings: &report.warnings,
        lists: &report.lists,
        accounts: (plan, &report.region),
    }
}

fn accounts<S: Serializer>((plan, region): &(&Plan, &Region), serializer: S) -> Result<S::Ok, S::Error> {
    let view = |(account_id, ending)| AccountView {
        account_id,
        name: plan.name(account_id),
        unit: plan.unit(account_id),
        ending,
    };
    serializer.collect_seq(plan.collected.region(region).map(view))
}
