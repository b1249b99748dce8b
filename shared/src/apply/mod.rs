//! Carries out a plan. No decision is made here that the plan could have made; what AWS answers is read, not guessed.

mod create;
pub mod daily_limit;
mod halving;
mod remove;
mod start;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use aws_sdk_detective::Client;
use aws_smithy_types::DateTime;

use crate::aws::detective::{BATCH, InvitationOptions};
use crate::deadline::Deadline;
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::plan::held::Held;
use crate::plan::step::{Plan, Step};
use crate::report::outcome::{Action, Outcome};

/// One graph, and how to work on it.
#[derive(Debug)]
pub struct Apply<'a> {
    /// A client in the graph's Region.
    pub client: &'a Client,
    /// The graph.
    pub graph: &'a GraphArn,
    /// How accounts are invited.
    pub invitation: &'a InvitationOptions,
    /// How many StartMonitoringMember calls are in flight at once.
    pub concurrent_starts: NonZeroUsize,
    /// The time of the run, for ages.
    pub now: DateTime,
    /// When no more work is started.
    pub deadline: Deadline,
    /// Whether nothing is changed, and only what would be is returned.
    pub dry_run: bool,
}

type Outcomes = BTreeMap<AccountId, Outcome>;

impl Apply<'_> {
    /// Applies every step and returns how every account of the plan ended; in a dry run, what would be done.
    pub async fn run(&self, plan: Plan) -> Outcomes {
        if self.dry_run {
            return planned(plan);
        }
        let mut outcomes = Outcomes::new();
        let (mut removals, mut reinvited) = (Vec::new(), BTreeMap::new());
        let (mut creates, mut tries) = (BTreeMap::new(), BTreeMap::new());
        let mut starts = BTreeMap::new();
        for (id, step) in plan {
            match step {
                Step::Create(email) => {
                    creates.insert(id, email);
                }
                Step::TryCreate(email) => {
                    tries.insert(id, email);
                }
                Step::Reinvite(email) => {
                    removals.push(id);
                    reinvited.insert(id, email);
                }
                Step::Remove(_) => removals.push(id),
                Step::Start(member) => {
                    starts.insert(id, member);
                }
                Step::Keep(_) | Step::Hold(_) => {
                    outcomes.insert(id, planned_step(step));
                }
            }
        }
        // Removals come first: they free capacity.
        for batch in removals.chunks(BATCH) {
            outcomes.extend(self.remove(batch).await);
        }
        for (id, email) in reinvited {
            if matches!(outcomes.get(&id), Some(Outcome::Removed)) {
                creates.insert(id, email);
            }
        }
        // A batch that Detective may refuse for want of capacity takes none from one that fits.
        for accounts in [creates, tries] {
            let created = self.create(&accounts).await;
            outcomes.extend(created.outcomes);
            starts.extend(created.to_start);
        }
        outcomes.extend(self.start(starts).await);
        outcomes
    }
}

/// Accounts whose turn does not come in time, whatever call they were in before.
fn late(ids: impl Iterator<Item = AccountId>) -> Outcomes {
    ids.map(|id| (id, Outcome::Held(Held::out_of_time()))).collect()
}

/// What a plan comes to if nothing is changed.
pub fn planned(plan: Plan) -> Outcomes {
    plan.into_iter().map(|(id, step)| (id, planned_step(step))).collect()
}

fn planned_step(step: Step) -> Outcome {
    match step {
        Step::Create(_) | Step::TryCreate(_) => Outcome::Planned { action: Action::Created },
        Step::Start(_) => Outcome::Planned { action: Action::Started },
        Step::Reinvite(_) => Outcome::Planned { action: Action::Reinvited },
        Step::Remove(_) => Outcome::Planned { action: Action::Removed },
        Step::Keep(status) => Outcome::Done { action: Action::None, status },
        Step::Hold(held) => Outcome::Held(held),
    }
}
