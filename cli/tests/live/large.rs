//! The largest organization: 10,000 accounts, and a full graph in each of 17 Regions.

use std::io::Read;
use std::process::Stdio;

use end_to_end::environment::Environment;
use end_to_end::scenario::ADMINISTRATOR;
use end_to_end::template::template;

use crate::agreement::{logged, planned, scenario};
use crate::{command, mutating_calls};

/// The peak of resident memory that a plan may take, in kilobytes.
const MOST_MEMORY: u64 = 64 * 1024;

/// The peak of a process's resident memory so far in kilobytes, as the kernel reports it; nothing where it does not. The pages of
/// its own file are left out: of an unoptimized binary they are many, and they are not the plan's.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
    let kilobytes = |name: &str| line(name)?.trim().parse::<u64>().ok();
    Some(kilobytes("VmHWM:")?.saturating_sub(kilobytes("RssFile:")?))
}

#[tokio::test]
async fn a_plan_of_10000_accounts_in_17_regions_is_that_of_the_deployed_reconciler_in_little_memory_and_few_calls() {
    let environment = Environment::bare(scenario("10000-accounts-17-regions.yaml")).await;
    environment.deploy_administrator(&template(), &[("DetectiveRegions", "all"), ("DryRun", "true")]);
    let deployed = logged(&environment.reconcile().await);
    // The function reads everything once, with the largest pages.
    let fewest = environment.aws().journal().len();
    // The graphs are full, and the administrator is no member.
    assert_eq!(deployed.len(), 17 * (10_000 - 1_200 - 1));

    let mut command = command(&environment, ADMINISTRATOR, &["plan", "--live", "--json"]);
    let (plan, peak) = tokio::task::spawn_blocking(move || {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let (mut document, mut chunk, mut peak) = (Vec::new(), vec![0; 1 << 16], None);
        loop {
            let read = output.read(&mut chunk).unwrap();
            if read == 0 {
                break;
            }
            // It has yet to write the rest, so it is still there.
            peak = peak_memory(child.id()).max(peak);
            document.extend_from_slice(&chunk[..read]);
        }
        assert!(child.wait().unwrap().success());
        (serde_json::from_slice(&document).unwrap(), peak)
    })
    .await
    .unwrap();
    assert_eq!(planned(&plan), deployed);
    assert_eq!(mutating_calls(environment.aws(), fewest), [""; 0]);
    let made = environment.aws().journal().len() - fewest;
    assert!(made <= 2 * fewest, "{made} calls, where {fewest} are the fewest; peak {peak:?}");
    if let Some(peak) = peak {
        assert!(peak <= MOST_MEMORY, "{peak} kB");
    }
}
