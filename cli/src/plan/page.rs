//! The plan as the coverage page that organization-reconciler writes.

use std::borrow::Cow;
use std::io::{self, Write};

use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::report::region::RegionReport;
use organization_reconciler::page::{RegionPart, RegionSummary, State, page};

use super::collected::Ending;
use super::planned::Plan;

pub(super) fn write(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let parts: Vec<RegionPart> = plan.report.regions.iter().map(|report| part(plan, report)).collect();
    let describe = |id| (Cow::Borrowed(plan.name(id)), Some(Cow::Borrowed(plan.unit(id))));
    out.write_all(&page(&plan.made, describe, &parts.iter().collect::<Vec<_>>()))
}

fn part(plan: &Plan, report: &RegionReport) -> RegionPart {
    let coverage = report.coverage.as_ref();
    let summary = RegionSummary {
        region: report.region.to_string(),
        time: plan.made.clone(),
        dry_run: true,
        graph_arn: report.graph_arn.as_ref().map_or_else(String::new, GraphArn::to_string),
        in_scope: coverage.map_or(0, |coverage| coverage.in_scope),
        enabled: coverage.map_or(0, |coverage| coverage.enabled),
        percent: coverage.map_or(0.0, |coverage| coverage.percent),
        runs: Vec::new(),
    };
    RegionPart::new(summary, plan.collected.region(&report.region).map(|(id, ending)| (id, state(ending))))
}

fn state(ending: &Ending) -> State {
    State {
        status: ending.status.clone().into(),
        outcome: ending.outcome.into(),
        action: ending.change.map_or("", |change| change.done()).into(),
        reason: ending.reason.clone().into(),
        message: ending.message.clone().into(),
        needs: ending.needs,
    }
}
