//! The Regions that a function works in: all at once, each on its own, and what is left of them when time is up.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use futures_util::future::join_all;
use tracing::Instrument;

use crate::aws::account::enabled_regions;
use crate::aws::detective_region::{DetectiveRegion, detective_region};
use crate::aws::sqs::Queue;
use crate::config::{self, Regions};
use crate::environment::{ConfigError, Environment};
use crate::error::{Failure, OutOfTime};
use crate::lambda::continuation::Continuation;
use crate::lambda::invocation::{Cause, Invocation};
use crate::lambda::job::{Job, jobs};
use crate::lambda::run::Run;
use crate::model::graph::GraphArn;
use crate::model::region::Region;
use crate::report::Report;
use crate::report::region::{GraphState, RegionReport};

/// Where a function works.
#[derive(Debug)]
pub struct CoveredRegions {
    config: SdkConfig,
    covered: Covered,
    continuations: Option<Queue>,
    acceptance_requests: Option<Queue>,
    /// Whether continuations for one Region are one job, whatever run they belong to.
    merges_runs: bool,
}

/// Detective verifies an invited account in some minutes. Later ones are found on the acceptor's schedule.
const VERIFICATION_SECONDS: i32 = 300;

/// After so many invocations for one run, something is wrong that more of them do not fix.
const MAX_INVOCATIONS: u32 = 100;

#[derive(Debug)]
enum Covered {
    These(Vec<DetectiveRegion>),
    /// Every Region that has Detective and that the account has enabled.
    All {
        account: aws_sdk_account::Client,
        graphs: BTreeMap<Region, GraphArn>,
    },
}

impl CoveredRegions {
    /// Reads which Regions are covered (`DETECTIVE_REGIONS`, `DETECTIVE_GRAPH_ARNS`), where the function sends what it has no
    /// time for (`CONTINUATION_QUEUE_URL`), and where it asks for acceptance of invitations (`ACCEPTANCE_QUEUE_URL`).
    ///
    /// # Errors
    /// A variable is wrong.
    pub fn new(config: SdkConfig, environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let regions = config::regions(environment)?;
        let mut graphs = config::graphs(environment, &regions)?;
        let covered = match regions {
            Regions::All => Covered::All { account: aws_sdk_account::Client::new(&config), graphs },
            Regions::These(regions) => {
                let detective = |region: Region| detective_region(&config, graphs.remove(&region), region, false);
                Covered::These(regions.into_iter().map(detective).collect())
            }
        };
        let queue = |url: Option<String>| url.map(|url| Queue::new(&config, url));
        let continuations = queue(config::continuation_queue_url(environment));
        let acceptance_requests = queue(config::acceptance_queue_url(environment));
        Ok(Self { config, covered, continuations, acceptance_requests, merges_runs: false })
    }

    /// Works once in a Region for all continuations of a batch, in the first one's run: for a function whose work does not
    /// depend on the run, and that is asked for by many events at once.
    pub fn merging_runs(self) -> Self {
        Self { merges_runs: true, ..self }
    }

    /// The settings of the SDK.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Works in the Regions that the invocation is for: all, or those that earlier runs left, each for its own run. A Region
    /// that fails is reported as failed, and stops no other. What is left when time is up goes to the queue, and with it to
    /// another invocation. A message that cannot be read fails, and is a dead letter in the end.
    pub async fn run<F>(&self, function: &'static str, invocation: &Invocation, work: F) -> Report
    where
        F: AsyncFn(&DetectiveRegion, &Run) -> Result<RegionReport, Failure>,
    {
        let listed;
        let regions = match &self.covered {
            Covered::These(regions) => regions,
            Covered::All { account, graphs } => match self.enabled(account, graphs).await {
                Ok(regions) => {
                    listed = regions;
                    &listed
                }
                Err(failure) => return Report::failed(function, failure, invocation.message_ids()),
            },
        };
        let (jobs, mut failed_messages) = jobs(regions, invocation, self.merges_runs);
        // Regions are worked on side by side, the runs in one Region one after another.
        let reports = regions.iter().map(async |region| {
            let of_region = jobs.iter().filter(|job| job.region.region == region.region);
            let mut reports = Vec::<(Job<'_>, RegionReport)>::new();
            for job in of_region.cloned() {
                let done = match invocation.deadline.has_come() && !reports.is_empty() {
                    true => (job.untouched(), RegionReport::out_of_time(region.region.clone())),
                    false => {
                        let report = perform(&job, invocation, &work).instrument(invocation.span(&job.run)).await;
                        (job, report)
                    }
                };
                reports.push(done);
            }
            reports
        });
        let mut reports: Vec<(Job<'_>, RegionReport)> = join_all(reports).await.into_iter().flatten().collect();
        if invocation.runs().len() > 1 {
            reports.iter_mut().for_each(|(job, report)| report.correlation = Some(job.run.correlation.clone()));
        }
        self.enqueue_continuations(&mut reports).await;
        self.request_acceptance(&mut reports).await;
        for (job, report) in &reports {
            // A Region that continues has a new message: the old one beside it would do everything twice.
            if report.has_failed() && !report.continued {
                failed_messages.extend(job.messages.iter().cloned());
            }
        }
        let reports: Vec<RegionReport> = reports.into_iter().map(|(_, report)| report).collect();
        // A Region may be without a graph where all are covered; all of them may not.
        let is_uncovered = matches!(self.covered, Covered::All { .. })
            && !matches!(invocation.cause, Cause::Continuations(_))
            && reports.iter().all(|report| report.graph == GraphState::Missing);
        let error = is_uncovered.then_some(Failure::NoBehaviorGraphAnywhere(reports.len()));
        Report { error, ..Report::new(function, None, reports).with_failed_messages(failed_messages) }
    }

    /// Asks another function to work in every covered Region, by messages to its queue.
    ///
    /// # Errors
    /// The Regions cannot be listed, or a message is not taken. Those that were sent before stay.
    pub async fn request(&self, queue: &Queue, run: &Run) -> Result<(), Failure> {
        let listed;
        let regions = match &self.covered {
            Covered::These(regions) => regions,
            Covered::All { account, graphs } => {
                listed = self.enabled(account, graphs).await?;
                &listed
            }
        };
        let message =
            |covered: &DetectiveRegion| Continuation { region: covered.region.clone(), run: run.clone() }.to_body();
        let messages: Vec<String> = regions.iter().map(message).collect();
        Ok(queue.send(&messages).await?)
    }

    async fn enabled(
        &self,
        account: &aws_sdk_account::Client,
        graphs: &BTreeMap<Region, GraphArn>,
    ) -> Result<Vec<DetectiveRegion>, Failure> {
        let enabled = enabled_regions(account).await?;
        let has_detective = enabled.into_iter().filter(Region::has_detective);
        let detective = |region: Region| detective_region(&self.config, graphs.get(&region).cloned(), region, true);
        Ok(has_detective.map(detective).collect())
    }

    /// Asks the central acceptor to accept in Regions in which accounts were invited, when Detective has verified them.
    async fn request_acceptance(&self, reports: &mut [(Job<'_>, RegionReport)]) {
        let Some(queue) = &self.acceptance_requests else { return };
        let invited = reports.iter().filter(|(_, report)| report.has_invited());
        let requests: Vec<String> = invited.map(|(job, _)| job.continuation(0)).collect();
        if let Err(error) = queue.send_after(VERIFICATION_SECONDS, &requests).await {
            let invited = reports.iter_mut().filter(|(_, report)| report.has_invited());
            invited.for_each(|(_, report)| report.fail(error.clone()));
        }
    }

    /// Sends the Regions that are not finished to the queue.
    async fn enqueue_continuations(&self, reports: &mut [(Job<'_>, RegionReport)]) {
        let mut unfinished = Vec::new();
        for (job, report) in reports.iter_mut().filter(|(_, report)| report.is_unfinished()) {
            match &self.continuations {
                None => report.fail(OutOfTime::NoContinuationQueue),
                Some(_) if job.run.invocations >= MAX_INVOCATIONS => {
                    report.fail(OutOfTime::Invocations(job.run.invocations));
                }
                Some(queue) => unfinished.push((job, report, queue)),
            }
        }
        let messages: Vec<String> = unfinished.iter().map(|(job, ..)| job.continuation(job.invocations())).collect();
        let Some((_, _, queue)) = unfinished.first() else { return };
        let sent = queue.send(&messages).await;
        for (_, report, _) in unfinished {
            match &sent {
                Ok(()) => report.continued = true,
                Err(error) => report.fail(error.clone()),
            }
        }
    }
}

/// Does the work of a job while there is time.
async fn perform<F>(job: &Job<'_>, invocation: &Invocation, work: &F) -> RegionReport
where
    F: AsyncFn(&DetectiveRegion, &Run) -> Result<RegionReport, Failure>,
{
    let done = invocation.deadline.work(work(job.region, &job.run)).await;
    let region = job.region.region.clone();
    match done.unwrap_or_else(|| Err(OutOfTime::Reading.into())) {
        Ok(report) => report,
        Err(Failure::NoBehaviorGraph(_)) if job.region.is_optional => RegionReport::without_graph(region),
        Err(failure) => RegionReport::failed(region, job.region.explain(failure)),
    }
}
