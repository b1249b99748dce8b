//! Reads all members in every Region, and starts those that Detective accepted and does not monitor.

use std::num::NonZeroUsize;

use detective_onboarding::apply::Apply;
use detective_onboarding::aws::detective::InvitationOptions;
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::settings;
use detective_onboarding::config;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::error::CallError;
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::lambda::regions::Regional;
use detective_onboarding::plan::cool_off::CoolOff;
use detective_onboarding::plan::monitor::restart;
use detective_onboarding::report::Report;
use detective_onboarding::report::coverage::stuck;
use detective_onboarding::report::outcome::AccountReport;
use detective_onboarding::report::region::RegionReport;

const FUNCTION: &str = "member-monitor";

/// What the function works with.
pub(crate) struct Monitor {
    regional: Regional,
    concurrent_starts: NonZeroUsize,
    invitation: InvitationOptions,
    cool_off: CoolOff,
    stuck_after: i64,
    dry_run: bool,
}

impl Monitor {
    pub(crate) fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let concurrent_starts = config::concurrent_starts(environment)?;
        let cool_off = config::cool_off(environment)?;
        let stuck_after = config::stuck_after(environment)?;
        let dry_run = config::dry_run(environment)?;
        let regional = Regional::new(settings::sdk_config(environment)?, environment)?;
        Ok(Self {
            regional,
            concurrent_starts,
            invitation: InvitationOptions::default(),
            cool_off,
            stuck_after,
            dry_run,
        })
    }

    pub(crate) async fn handle(&self, invocation: &Invocation) -> Report {
        let work = async |detective: &DetectiveRegion| self.monitor(detective, invocation).await;
        self.regional.run(FUNCTION, invocation, work).await
    }

    async fn monitor(&self, detective: &DetectiveRegion, invocation: &Invocation) -> Result<RegionReport, CallError> {
        let now = invocation.now;
        let Some((graph, members)) = detective.members(invocation.deadline).await? else {
            return Ok(RegionReport::out_of_time(detective.region.clone()));
        };
        let plan = restart(members.values(), now, self.cool_off);
        let apply = Apply {
            client: &detective.client,
            graph: &graph,
            invitation: &self.invitation,
            concurrent_starts: self.concurrent_starts,
            now,
            deadline: invocation.deadline,
            dry_run: self.dry_run,
        };
        let outcomes = apply.run(plan).await;
        let stuck = stuck(&members, &outcomes, now, self.stuck_after);
        let accounts = AccountReport::of(outcomes);
        let mut report = RegionReport::new(detective.region.clone(), Some(graph), accounts).shortened();
        report.stuck = stuck;
        Ok(report)
    }
}
