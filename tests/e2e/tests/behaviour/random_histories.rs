//! Random histories of an organization, with events lost, repeated and reordered, accounts that join, leave and come back,
//! and calls that fail: whatever happened, the next run of every function ends where it should.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use end_to_end::history::{GUEST, History, INVITATION_GRAPH, WITHOUT_ROLE, WITHOUT_VOLUME};
use end_to_end::report::is_held;
use end_to_end::step::{Step, step};

/// Runs the schedules, without events and without faults. Gives the last reports of the acceptor and the reconciler.
async fn end(history: &mut History) -> [Value; 2] {
    history.aws().set_faults(Vec::new());
    // Messages that were received and not deleted become visible again, and verifications end.
    history.take(Step::Pass(2)).await;
    history.pass("OrganizationReconciler").await;
    // The grace period of accounts that it found gone starts now.
    history.take(Step::Pass(25)).await;
    history.pass("AccountOffboarder").await;
    history.pass("CentralAcceptor").await;
    history.take(Step::Pass(1)).await;
    history.pass("MemberMonitor").await;
    [history.pass("CentralAcceptor").await, history.pass("OrganizationReconciler").await]
}

fn check(history: &History, [accepted, reconciled]: &[Value; 2]) {
    let held = |report: &Value, region: &str, id: &str| {
        let region = report["regions"].as_array().unwrap().iter().find(|found| found["region"] == region).unwrap();
        let line = region["accounts"].as_array().unwrap().iter().find(|line| line["accountId"] == id)?.clone();
        is_held(&line).then(|| line["reason"].as_str().unwrap().to_owned())
    };
    let accounts = history.accounts();
    let graphs = history.aws().snapshot().graphs;
    assert_eq!(graphs.len(), 3);
    for graph in &graphs {
        let region = graph.region.as_str();
        for (id, (state, sandboxed)) in &accounts {
            let status = history.environment.status(region, id);
            match (state.as_str(), sandboxed, status.as_deref()) {
                ("ACTIVE", false, Some("ENABLED")) => {
                    assert!(held(reconciled, region, id).is_none() && id != WITHOUT_VOLUME, "{region}: {id}");
                }
                ("ACTIVE", false, Some("ACCEPTED_BUT_DISABLED")) if id == WITHOUT_VOLUME => {
                    assert_eq!(held(reconciled, region, id).as_deref(), Some("volume-unknown"), "{region}");
                }
                ("ACTIVE", false, Some("INVITED")) if id == WITHOUT_ROLE && !graph.organization => {
                    assert_eq!(held(accepted, region, id).as_deref(), Some("member-role-unavailable"), "{region}");
                }
                ("ACTIVE", false, other) => panic!("{region}: {id} is in scope, and {other:?}"),
                (_, _, None) => {}
                (state, _, Some(status)) => panic!("{region}: {id} is {state} and out of scope, and still {status}"),
            }
        }
        // A departure is only a question to Organizations, which does not know whether an invited account was ever in the
        // organization: it is removed if a run saw it there, and else left alone and reported.
        for account in history.aws().snapshot().standalone {
            let status = history.environment.status(region, &account.id);
            let was_seen = history.seen_before_they_left.contains(&(region.to_owned(), account.id.clone()));
            if graph.organization || was_seen {
                assert_eq!(status, None, "{region}: {} has left", account.id);
            } else if status.is_some() {
                let reason = held(reconciled, region, &account.id);
                assert_eq!(reason.as_deref(), Some("outside-organization"), "{region}: {} has left", account.id);
            }
        }
    }
    assert_eq!(history.environment.status(INVITATION_GRAPH, GUEST).as_deref(), Some("ENABLED"));
}

#[test]
fn every_history_ends_with_every_account_enabled_or_held_with_a_true_reason_or_rightly_removed() {
    // Without a file of failures: the histories are the same in every run.
    let config = Config { cases: 20, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (histories, removals) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let result =
        runner.run(&(any::<bool>(), prop::collection::vec(step(), 1..24)), |(has_organization_graphs, steps)| {
            runtime.block_on(async {
                let mut history = History::start(has_organization_graphs).await;
                for step in steps {
                    history.take(step).await;
                }
                let reports = end(&mut history).await;
                check(&history, &reports);
                histories.fetch_add(1, Ordering::Relaxed);
                removals.fetch_add(history.removals, Ordering::Relaxed);
            });
            Ok(())
        });
    result.unwrap_or_else(|error| panic!("{error}"));
    let (histories, removals) = (histories.into_inner(), removals.into_inner());
    println!("histories: {histories}, with {removals} removals, none of an account that was in scope");
    assert!(removals > histories, "{removals} removals in {histories} histories prove little");
}
