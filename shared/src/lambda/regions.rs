//! The Regions that a function works in: all at once, each on its own, and what is left of them when time is up.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_smithy_types::date_time::Format;
use futures_util::future::join_all;

use crate::aws::account::enabled_regions;
use crate::aws::detective_region::{DetectiveRegion, detective_region};
use crate::aws::sqs::Queue;
use crate::config::{self, Regions};
use crate::environment::{ConfigError, Environment};
use crate::error::CallError;
use crate::lambda::continuation::Rest;
use crate::lambda::invocation::Invocation;
use crate::model::graph::GraphArn;
use crate::model::region::Region;
use crate::report::Report;
use crate::report::region::RegionReport;

/// Where a function works.
#[derive(Debug)]
pub struct Regional {
    config: SdkConfig,
    wanted: Wanted,
    rest: Option<Queue>,
    /// Where the central acceptor hears of invitations.
    invitations: Option<Queue>,
}

/// Detective verifies an invited account in some minutes. Later ones are found on the acceptor's schedule.
const VERIFICATION_SECONDS: i32 = 300;

/// After so many invocations for one run, something is wrong that more of them do not mend.
const MOST_INVOCATIONS: u32 = 100;

#[derive(Debug)]
enum Wanted {
    These(Vec<DetectiveRegion>),
    /// Every Region that has Detective and that the account has enabled.
    All {
        account: aws_sdk_account::Client,
        graphs: BTreeMap<Region, GraphArn>,
    },
}

impl Regional {
    /// Reads which Regions are wanted (`DETECTIVE_REGIONS`, `DETECTIVE_GRAPH_ARNS`), where the function sends what it has no
    /// time for (`CONTINUATION_QUEUE_URL`), and where it tells of invitations (`ACCEPTANCE_QUEUE_URL`).
    ///
    /// # Errors
    /// A variable is wrong.
    pub fn new(config: SdkConfig, environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let regions = config::regions(environment)?;
        let mut graphs = config::graphs(environment, &regions)?;
        let wanted = match regions {
            Regions::All => Wanted::All { account: aws_sdk_account::Client::new(&config), graphs },
            Regions::These(regions) => {
                let detective = |region: Region| detective_region(&config, graphs.remove(&region), region, false);
                Wanted::These(regions.into_iter().map(detective).collect())
            }
        };
        let queue = |url: Option<String>| url.map(|url| Queue::new(&config, url));
        let rest = queue(config::continuation_queue_url(environment));
        let invitations = queue(config::acceptance_queue_url(environment));
        Ok(Self { config, wanted, rest, invitations })
    }

    /// The settings of the SDK.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Works in the Regions that the invocation is for: all, or those that an earlier run left. A Region that fails is
    /// reported as failed, and stops no other. What is left when time is up goes to the queue, and with it to another
    /// invocation.
    pub async fn run<F>(&self, function: &'static str, invocation: &Invocation, work: F) -> Report
    where
        F: AsyncFn(&DetectiveRegion) -> Result<RegionReport, CallError>,
    {
        let listed;
        let all = match &self.wanted {
            Wanted::These(regions) => regions,
            Wanted::All { account, graphs } => match self.enabled(account, graphs).await {
                Ok(regions) => {
                    listed = regions;
                    &listed
                }
                Err(error) => return Report::failed(function, error, invocation),
            },
        };
        let rests = invocation.rests();
        let asked = |region: &Region| rests.iter().any(|(_, rest)| rest.region == *region);
        let regions = all.iter().filter(|detective| !invocation.is_of_queue() || asked(&detective.region));
        let reports = regions.map(async |detective| match within(invocation, work(detective)).await {
            Ok(report) => report,
            Err(error) if detective.is_optional && error.is_missing_graph() => {
                RegionReport::without_graph(detective.region.clone())
            }
            Err(error) => RegionReport::failed(detective.region.clone(), error),
        });
        let mut reports = join_all(reports).await;
        self.hand_on(invocation, &mut reports).await;
        self.tell_of_invitations(invocation, &mut reports).await;
        // A Region that goes on has a message already: the old one beside it would do everything twice.
        let comes_again = |report: &RegionReport| report.has_failed() && !report.continued;
        let failed = |region: &Region| reports.iter().any(|report| report.region == *region && comes_again(report));
        let messages = rests.into_iter().filter(|(_, rest)| failed(&rest.region)).map(|(message, _)| message);
        let messages = messages.collect();
        Report::new(function, None, reports).with_failed_messages(invocation, messages)
    }

    async fn enabled(
        &self,
        account: &aws_sdk_account::Client,
        graphs: &BTreeMap<Region, GraphArn>,
    ) -> Result<Vec<DetectiveRegion>, CallError> {
        let enabled = enabled_regions(account).await?;
        let has_detective = enabled.into_iter().filter(Region::has_detective);
        let detective = |region: Region| detective_region(&self.config, graphs.get(&region).cloned(), region, true);
        Ok(has_detective.map(detective).collect())
    }

    /// Asks the central acceptor to look at Regions in which accounts were invited, when Detective has verified them.
    async fn tell_of_invitations(&self, invocation: &Invocation, reports: &mut [RegionReport]) {
        let Some(queue) = &self.invitations else { return };
        let invited: Vec<String> =
            reports.iter().filter(|report| report.has_invited()).map(|report| message(invocation, report, 0)).collect();
        if let Err(error) = queue.send_after(VERIFICATION_SECONDS, &invited).await {
            reports.iter_mut().filter(|report| report.has_invited()).for_each(|report| report.fail(error.clone()));
        }
    }

    /// Sends the Regions that are not finished to the queue.
    async fn hand_on(&self, invocation: &Invocation, reports: &mut [RegionReport]) {
        let unfinished = || reports.iter().filter(|report| report.is_unfinished());
        if unfinished().next().is_none() {
            return;
        }
        let before = invocation.rests().iter().map(|(_, rest)| rest.invocations).max().unwrap_or(0);
        let messages: Vec<String> = unfinished().map(|report| message(invocation, report, before + 1)).collect();
        let sent = match &self.rest {
            Some(_) if before >= MOST_INVOCATIONS => {
                let message = format!("{before} invocations had not time enough: give the function more time");
                Err(CallError::new("SendMessageBatch", "OutOfTime", &message))
            }
            Some(queue) => queue.send(&messages).await,
            None => {
                let message = "the time is up, and there is no queue for the rest: set CONTINUATION_QUEUE_URL, or give the \
                    function more time";
                Err(CallError::new("SendMessageBatch", "OutOfTime", message))
            }
        };
        for report in reports.iter_mut().filter(|report| report.is_unfinished()) {
            match &sent {
                Ok(()) => report.continued = true,
                Err(error) => report.fail(error.clone()),
            }
        }
    }
}

/// The message by which a function is asked to work in a Region.
fn message(invocation: &Invocation, report: &RegionReport, invocations: u32) -> String {
    let time = invocation.now.fmt(Format::DateTime).unwrap_or_default();
    let (region, correlation) = (report.region.clone(), invocation.correlation.clone());
    serde_json::to_string(&Rest { region, time, correlation, invocations }).unwrap_or_default()
}

/// Waits for a Region's work while there is time.
async fn within(
    invocation: &Invocation,
    work: impl Future<Output = Result<RegionReport, CallError>>,
) -> Result<RegionReport, CallError> {
    let out_of_time = || {
        let message = "the function's time was up before it had read what there is to do: give it more time";
        Err(CallError::new("Invoke", "OutOfTime", message))
    };
    invocation.deadline.work(work).await.unwrap_or_else(out_of_time)
}
