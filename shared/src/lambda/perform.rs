//! Does the work for runs in Regions.

use futures_util::future::join_all;
use tracing::Instrument;

use crate::aws::detective_region::DetectiveRegion;
use crate::error::{Failure, OutOfTime};
use crate::lambda::failure_memory::FailureMemory;
use crate::lambda::invocation::Invocation;
use crate::lambda::job::Job;
use crate::lambda::run::Run;
use crate::report::region::RegionReport;

/// Does all jobs, and marks which failures are known: Regions side by side, and the runs in one Region one after another.
pub(super) async fn perform_all<'a, F>(
    regions: &[DetectiveRegion],
    jobs: Vec<Job<'a>>,
    invocation: &Invocation,
    memory: Option<&FailureMemory>,
    work: F,
) -> Vec<(Job<'a>, RegionReport)>
where
    F: AsyncFn(&DetectiveRegion, &Run) -> Result<RegionReport, Failure>,
{
    if let Some(memory) = memory {
        memory.restart().await;
    }
    let (jobs, work) = (&jobs, &work);
    let reports = regions.iter().map(async |region| {
        let of_region = jobs.iter().filter(|job| job.region.region == region.region);
        let mut reports = Vec::<(Job<'_>, RegionReport)>::new();
        for job in of_region.cloned() {
            let done = match invocation.deadline.has_come() && !reports.is_empty() {
                true => (job.untouched(), RegionReport::out_of_time(region.region.clone())),
                false => {
                    let mut report = perform(&job, invocation, work).instrument(invocation.span(&job.run)).await;
                    if let Some(memory) = memory {
                        memory.mark(&mut report, &job.told_by, invocation.deadline).await;
                    }
                    report.free_memory();
                    (job, report)
                }
            };
            reports.push(done);
        }
        reports
    });
    join_all(reports).await.into_iter().flatten().collect()
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
