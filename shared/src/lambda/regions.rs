//! The Regions that a function works in: all at once, each on its own, and what is left of them when time is up.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_config::SdkConfig;

use crate::aws::account::enabled_regions;
use crate::aws::detective_region::{DetectiveRegion, detective_region};
use crate::aws::s3::Bucket;
use crate::aws::sqs::Queue;
use crate::config::{self, Regions};
use crate::environment::{ConfigError, Environment};
use crate::error::{Failure, OutOfTime};
use crate::lambda::continuation::Continuation;
use crate::lambda::failure_memory::{FailureMemory, Noted, noted};
use crate::lambda::invocation::{Cause, Invocation};
use crate::lambda::job::{Job, everywhere, jobs};
use crate::lambda::perform::perform_all;
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
    failures: Option<FailureMemory>,
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
        Ok(Self { config, covered, continuations, acceptance_requests, merges_runs: false, failures: None })
    }

    /// Works once in a Region for all continuations of a batch, in the first one's run: for a function whose work does not
    /// depend on the run, and that is asked for by many events at once.
    pub fn merging_runs(self) -> Self {
        Self { merges_runs: true, ..self }
    }

    /// Remembers in a bucket which failures of accounts the function's runs have told: they fail no other run. Without one, each run
    /// fails.
    #[must_use]
    pub fn remembering_failures(self, function: &'static str, bucket: Option<Bucket>) -> Self {
        let failures = bucket.map(|bucket| FailureMemory::new(function, self.config.clone(), bucket));
        Self { failures, ..self }
    }

    /// What is remembered of failures, if anything.
    pub fn failures(&self) -> Option<&FailureMemory> {
        self.failures.as_ref()
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
        let regions = match self.all().await {
            Ok(regions) => regions,
            Err(failure) => return Report::failed(function, failure, invocation.message_ids()),
        };
        let (jobs, mut failed_messages) = jobs(&regions, invocation, self.merges_runs);
        let failures = self.failures.as_ref();
        let mut reports = perform_all(&regions, jobs, invocation, failures, work).await;
        if invocation.runs().len() > 1 {
            reports.iter_mut().for_each(|(job, report)| report.correlation = Some(job.run.correlation.clone()));
        }
        self.enqueue_continuations(&mut reports).await;
        self.request_acceptance(&mut reports).await;
        let noted: Vec<Noted> = reports.iter().flat_map(|(job, report)| noted(report, &job.told_by)).collect();
        let is_whole_run = !matches!(invocation.cause, Cause::Messages(_));
        let warning = self.remember(&noted, is_whole_run, invocation).await;
        for (job, report) in &reports {
            // A Region that continues has a new message: the old one beside it would do everything twice.
            if report.has_failed() && !report.continued {
                failed_messages.extend(job.messages.iter().cloned());
            }
        }
        let report = Report { warning, ..self.report(function, reports, is_whole_run) };
        report.with_failed_messages(failed_messages)
    }

    /// Remembers failures that the invocation tells. Returns why it cannot, as a sentence, if so.
    pub async fn remember_failures(&self, noted: &[Noted], invocation: &Invocation) -> Option<String> {
        self.remember(noted, true, invocation).await
    }

    async fn remember(&self, noted: &[Noted], is_told: bool, invocation: &Invocation) -> Option<String> {
        self.failures.as_ref()?.remember(noted, is_told, invocation.deadline).await.err()
    }

    /// The report of all that was done, where the invocation is for every Region or for some of a run.
    fn report(&self, function: &'static str, reports: Vec<(Job<'_>, RegionReport)>, is_whole_run: bool) -> Report {
        let reports: Vec<RegionReport> = reports.into_iter().map(|(_, report)| report).collect();
        // A Region may be without a graph where all are covered; all of them may not.
        let is_uncovered = is_whole_run
            && matches!(self.covered, Covered::All { .. })
            && reports.iter().all(|report| report.graph == GraphState::Missing);
        let error = is_uncovered.then_some(Failure::NoBehaviorGraphAnywhere(reports.len()));
        Report { error, remembers_failures: self.failures.is_some(), ..Report::new(function, None, reports) }
    }

    /// Works in every covered Region for the invocation's own run, which events began. What is left when time is up is the
    /// caller's matter where the events are messages, which are retried, and otherwise a failure. So is it which failures are told.
    pub async fn run_everywhere<F>(&self, function: &'static str, invocation: &Invocation, work: F) -> Report
    where
        F: AsyncFn(&DetectiveRegion, &Run) -> Result<RegionReport, Failure>,
    {
        let regions = match self.all().await {
            Ok(regions) => regions,
            Err(failure) => return Report::failed(function, failure, Vec::new()),
        };
        let is_batch = matches!(invocation.cause, Cause::Messages(_));
        // What is no message is retried by Lambda, if it fails.
        let failures = self.failures.as_ref().filter(|_| is_batch);
        let mut reports = perform_all(&regions, everywhere(&regions, invocation), invocation, failures, work).await;
        if !is_batch {
            self.enqueue_continuations(&mut reports).await;
        }
        self.request_acceptance(&mut reports).await;
        self.report(function, reports, true)
    }

    /// Asks another function to work in every covered Region, by messages to its queue.
    ///
    /// # Errors
    /// The Regions cannot be listed, or a message is not taken. Those that were sent before stay.
    pub async fn request(&self, queue: &Queue, run: &Run) -> Result<(), Failure> {
        let regions = self.all().await?;
        let message =
            |covered: &DetectiveRegion| Continuation { region: covered.region.clone(), run: run.clone() }.to_body();
        let messages: Vec<String> = regions.iter().map(message).collect();
        Ok(queue.send(&messages).await?)
    }

    /// The covered Regions.
    async fn all(&self) -> Result<Cow<'_, [DetectiveRegion]>, Failure> {
        let (account, graphs) = match &self.covered {
            Covered::These(regions) => return Ok(Cow::Borrowed(regions)),
            Covered::All { account, graphs } => (account, graphs),
        };
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
