//! Plans a graph, and applies the plan.

use detective_onboarding::apply::daily_limit::{Kept, Removing};
use detective_onboarding::apply::{self, Apply};
use detective_onboarding::aws::clock;
use detective_onboarding::aws::detective_region::DetectiveRegion;
use detective_onboarding::aws::removal_record::Begun;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::lambda::run::Run;
use detective_onboarding::plan::invitation_pace;
use detective_onboarding::plan::reconcile::reconcile;
use detective_onboarding::plan::removal;
use detective_onboarding::plan::verification::permit_reinvitations;

use super::{Applied, Coverer, Observed};
use crate::removal_confirmation::RunContext;

impl Coverer {
    /// Plans a graph and applies the plan; `None` if there was no time to find out who is to be removed.
    pub(super) async fn apply(
        &self,
        detective: &DetectiveRegion,
        observed: &Observed,
        context: &RunContext<'_>,
        run: &Run,
        deadline: Deadline,
    ) -> Option<Applied> {
        let Observed { graph, members, stored, .. } = observed;
        let RunContext { organization, administrator, .. } = *context;
        let now = clock::now();
        // The run's time is before Organizations was listed, however many invocations ago that was.
        let history = stored.remembered.history();
        let unwanted = removal::unwanted(administrator, organization, members, history, run.time());
        let (region, dry_run) = (&detective.region, self.dry_run);
        let removing = Removing { region, begun: Begun::Unknown, history, members, now, deadline, dry_run };
        // Before anybody is removed: where it fails, so does recording a removal.
        let begun = self.removal.limit.begin(&stored.remembered, removing).await;
        let removing = Removing { begun: begun.clone().unwrap_or(Begun::Unknown), ..removing };
        let decision = self.removal.decide(unwanted, context, &stored.remembered, removing);
        let (removals, Kept { failure: unremoved, lost }) = deadline.call(decision).await?;
        let mut result = reconcile(administrator, organization, members, removals, now);
        permit_reinvitations(&mut result.plan, self.reinvites);
        // By the schedule's own time: each period has one try.
        self.cool_off.delay(&mut result.plan, run.time());
        if let Some(history) = history {
            invitation_pace::delay(&mut result.plan, members, history, now);
        }
        let outcomes = match graph {
            None => apply::planned(result.plan),
            Some(graph) => {
                let apply = Apply {
                    client: &detective.client,
                    graph,
                    invitation: &self.invitation,
                    concurrent_starts: self.concurrent_starts,
                    now,
                    deadline,
                    dry_run: self.dry_run,
                };
                apply.run(result.plan).await
            }
        };
        Some(Applied { outcomes, out_of_scope: result.out_of_scope, unremoved, lost, begun })
    }
}
