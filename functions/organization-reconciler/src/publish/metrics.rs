//! CloudWatch metrics of a Region, in the embedded metric format.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::BTreeMap;
use std::io::Write as _;

use detective_onboarding::environment::ConfigError;
use detective_onboarding::model::account::{AccountState, OrganizationAccount};
use detective_onboarding::model::policy::Scope;
use detective_onboarding::model::region::Region;
use detective_onboarding::plan::held::HeldReason;
use detective_onboarding::plan::needs::Needs;
use detective_onboarding::report::METRIC_NAMESPACE;
use detective_onboarding::report::coverage::memberships;
use detective_onboarding::report::outcome::Outcome;
use metrics::histogram;
use metrics_cloudwatch_embedded::{Builder, Collector};

use super::findings::Findings;

/// Whether the policy leaves out an account that is in use, member or not.
fn is_out_of_scope((account, scope): &(OrganizationAccount, Scope)) -> bool {
    account.state == AccountState::Active && !matches!(scope, Scope::In { .. })
}

/// The metrics of a run.
pub(super) struct Metrics(&'static Collector);

impl Metrics {
    /// Metrics with the function's name as a dimension. There is one collector a process.
    pub(super) fn new(function_name: String) -> Result<Self, ConfigError> {
        let collector =
            Builder::new().cloudwatch_namespace(METRIC_NAMESPACE).with_dimension("FunctionName", function_name).init();
        let wrong = |error: metrics_cloudwatch_embedded::Error| {
            ConfigError::new("AWS_LAMBDA_FUNCTION_NAME", error.to_string(), "the function's name")
        };
        collector.map(Self).map_err(wrong)
    }

    /// Records a Region's metrics; they are written by [`Metrics::flush`]. Those without a Region stand for the worst one.
    pub(super) fn record(&self, region: &Region, findings: &Findings<'_>) {
        let Findings { organization, administrator, members, outcomes, coverage, waiting, .. } = *findings;
        let region = region.as_str().to_owned();
        let out_of_scope =
            organization.iter().filter(|(id, account)| **id != administrator && is_out_of_scope(account)).count();
        let of_limit = coverage.members as f64 * 100.0 / coverage.member_limit as f64;
        let oldest = waiting.values().copied().max().unwrap_or(0) as f64 / 3600.0;
        for (name, value) in [
            ("CoveragePercent", coverage.percent),
            ("MembersPercentOfLimit", of_limit),
            ("OldestDisabledHours", oldest),
            ("OutOfScope", out_of_scope as f64),
            ("NeedPerson", findings.need_person() as f64),
        ] {
            histogram!(name).record(value);
            histogram!(name, "Region" => region.clone()).record(value);
        }
        let (mut by_status, mut by_reason) = (BTreeMap::<String, usize>::new(), BTreeMap::<HeldReason, usize>::new());
        for status in memberships(members, outcomes).values() {
            *by_status.entry(status.as_str().to_owned()).or_default() += 1;
        }
        for outcome in outcomes.values() {
            if let Outcome::Held(held) = outcome {
                *by_reason.entry(held.reason).or_default() += 1;
            }
        }
        for (status, count) in by_status {
            histogram!("Members", "Region" => region.clone(), "Status" => status).record(count as f64);
        }
        for (reason, count) in by_reason {
            let name = match reason.needs() {
                Needs::Person => "Blocked",
                Needs::Time => "Waiting",
                Needs::Nobody => "Excluded",
            };
            histogram!(name, "Region" => region.clone(), "Reason" => reason.to_string()).record(count as f64);
        }
    }

    /// Records how many Regions ended without coverage, and whether the run was a dry one. Without the first, a Region that fails
    /// would be as silent as one that is not covered.
    pub(super) fn record_run(&self, without_coverage: usize, dry_run: bool) {
        histogram!("RegionsWithoutCoverage").record(without_coverage as f64);
        histogram!("DryRun").record(f64::from(u8::from(dry_run)));
    }

    /// Writes the metrics to standard output, from where CloudWatch takes them.
    pub(super) fn flush(&self) {
        let mut output = std::io::stdout().lock();
        if let Err(error) = self.0.flush(&mut output).and_then(|()| output.flush()) {
            tracing::error!("the metrics could not be written: {error}");
        }
    }
}
