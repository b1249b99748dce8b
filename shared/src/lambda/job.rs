//! What an invocation is to do: the work for one run in one Region.

use crate::aws::detective_region::DetectiveRegion;
use crate::error::Failure;
use crate::lambda::continuation::Continuation;
use crate::lambda::invocation::{Cause, Invocation};
use crate::lambda::run::Run;

/// The work for one run in one Region.
#[derive(Debug, Clone)]
pub(super) struct Job<'a> {
    pub(super) region: &'a DetectiveRegion,
    pub(super) run: Run,
    /// Whose failures are the job's own: what Lambda tries again has the same request id, and what continues a run its correlation id.
    pub(super) told_by: String,
    /// The messages that asked for it.
    pub(super) messages: Vec<String>,
    /// Whether its turn came in this invocation.
    is_begun: bool,
}

impl Job<'_> {
    /// The job, whose turn did not come because another run took the time: that does not count as an invocation for it.
    pub(super) fn untouched(self) -> Self {
        Self { is_begun: false, ..self }
    }

    /// How many invocations have worked on it.
    pub(super) fn invocations(&self) -> u32 {
        self.run.invocations.saturating_add(u32::from(self.is_begun))
    }

    /// The message by which a function is asked to continue the run in the Region.
    pub(super) fn continuation(&self, invocations: u32) -> String {
        let (region, run) = (self.region.region.clone(), Run { invocations, ..self.run.named() });
        Continuation { region, run }.to_body()
    }
}

/// The work for the invocation's own run in every Region.
pub(super) fn everywhere<'a>(regions: &'a [DetectiveRegion], invocation: &Invocation) -> Vec<Job<'a>> {
    let (run, told_by) = (&invocation.run, &invocation.request_id);
    let job = |region| Job { region, run: run.clone(), told_by: told_by.clone(), messages: Vec::new(), is_begun: true };
    regions.iter().map(job).collect()
}

/// What an invocation is for, and the messages that cannot be read. A message for a Region that is not covered any more asks
/// for nothing. Two messages for one run in one Region, as duplicates are, are one job.
pub(super) fn jobs<'a>(
    regions: &'a [DetectiveRegion],
    invocation: &Invocation,
    merges_runs: bool,
) -> (Vec<Job<'a>>, Vec<String>) {
    let Cause::Messages(messages) = &invocation.cause else {
        return (everywhere(regions, invocation), Vec::new());
    };
    let (mut jobs, mut unreadable) = (Vec::<Job<'a>>::new(), Vec::new());
    for message in messages {
        let Continuation { region, run } = match Continuation::of(message) {
            Ok(continuation) => continuation,
            Err(problem) => {
                let failure = Failure::InvalidContinuation(problem);
                tracing::error!(message.id, failure.code = %failure.code(), "message failed: {}", failure.message());
                unreadable.push(message.id.clone());
                continue;
            }
        };
        let same =
            |job: &&mut Job<'_>| job.region.region == region && (merges_runs || job.run.correlation == run.correlation);
        if let Some(job) = jobs.iter_mut().find(same) {
            job.run.invocations = job.run.invocations.max(run.invocations);
            job.messages.push(message.id.clone());
            continue;
        }
        match regions.iter().find(|covered| covered.region == region) {
            Some(covered) => {
                let (messages, told_by) = (vec![message.id.clone()], run.correlation.clone());
                jobs.push(Job { region: covered, run, told_by, messages, is_begun: true });
            }
            None => invocation.span(&run).in_scope(|| {
                tracing::warn!(%region, message.id, "continuation dropped: the Region is not covered any more");
            }),
        }
    }
    (jobs, unreadable)
}
