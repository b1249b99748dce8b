//! Every two functions, and every function with itself, at the same time: one is stopped at each of its calls, with what it
//! has read so far, while the other runs from beginning to end; then it continues. account-onboarder runs by its queue.

use detective_emulator::{Effect, Fault, HELD};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use end_to_end::fixture::{Actor, Fixture, Run};
use end_to_end::template::template;

/// What was tried of one function that was stopped.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    cases: usize,
    overlaps: usize,
    /// Calls that requested what another run had just done. AWS answers them with success.
    repeated: usize,
    /// Runs that failed because of the other one, and succeeded when Lambda ran them again.
    failed: usize,
}

/// The account of the call whose answer is held back does not matter: only one run is under way until then.
fn stop_at(call: u64) -> Fault {
    Fault { operation: None, from_call: Some(call), times: Some(1), ..Fault::on("", Effect::DelayMs(HELD)) }
}

/// Runs `stopped` up to a call, then all of `other`, then the rest of `stopped`. `None` if it makes fewer calls.
async fn overlap(fixture: &Fixture, stopped: Actor, other: Actor, call: u64) -> Option<[Run; 2]> {
    let at = fixture.last_call() + call;
    fixture.aws().set_faults(vec![stop_at(call)]);
    let first = fixture.run(stopped);
    tokio::pin!(first);
    tokio::select! {
        biased;
        () = fixture.aws().called(at) => {}
        run = &mut first => {
            run.report().unwrap_or_else(|report| panic!("{stopped:?} alone fails: {report:#}"));
            return None;
        }
    }
    fixture.aws().set_faults(Vec::new());
    let second = async {
        let run = fixture.run(other).await;
        fixture.aws().release();
        run
    };
    // The stopped run continues in its other Regions meanwhile.
    let (first, second) = tokio::join!(first, second);
    Some([first, second])
}

/// Runs both one after the other until nothing is left to do, as their schedules will.
async fn converge(fixture: &Fixture, actors: [Actor; 2], case: &str) {
    for actor in actors {
        fixture.pass_visibility_timeouts();
        let run = fixture.run(actor).await;
        run.report().unwrap_or_else(|report| panic!("{case}: {actor:?} fails afterwards: {report:#}"));
    }
}

async fn with_every_other(stopped: Actor) -> Count {
    let mut count = Count::default();
    for other in Actor::ALL {
        let actors = [stopped, other];
        let clean = Fixture::start(&template(), &actors, "0").await;
        converge(&clean, actors, "without an overlap").await;
        converge(&clean, actors, "without an overlap").await;
        let expected = clean.end();
        for call in 1.. {
            let case = format!("{stopped:?} stopped at call {call}, while {other:?} runs");
            let fixture = Fixture::start(&template(), &actors, "0").await;
            count.cases += 1;
            let Some(runs) = overlap(&fixture, stopped, other, call).await else { break };
            count.overlaps += 1;
            count.failed += runs.into_iter().filter_map(|run| run.report().err()).count();
            converge(&fixture, actors, &case).await;
            assert_eq!(fixture.end(), expected, "{case}");
            let effects = fixture.effects();
            assert_eq!(effects.doubled(), Vec::<String>::new(), "{case}");
            assert_eq!(effects.emails, 0, "{case}");
            count.repeated += effects.repeated.len();
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_at_the_same_time_end_where_one_after_the_other_would_and_nothing_takes_effect_twice() {
    // Two at a time: every one of them has processes of its own.
    let open = std::sync::Arc::new(Mutex::new(Actor::ALL.to_vec()));
    let mut tasks = JoinSet::new();
    for _ in 0..2 {
        let open = std::sync::Arc::clone(&open);
        tasks.spawn(async move {
            let mut counts = Vec::new();
            loop {
                let Some(actor) = open.lock().await.pop() else { return counts };
                counts.push(with_every_other(actor).await);
            }
        });
    }
    let counts = tasks.join_all().await.concat();
    assert!(counts.iter().all(|count| count.overlaps > 2 * Actor::ALL.len()), "{counts:?}");
    let sum = |part: fn(&Count) -> usize| counts.iter().map(part).sum::<usize>();
    println!(
        "overlaps: {} pairs, {} cases, {} overlaps, {} calls repeated what another run had done, {} runs failed and \
         succeeded the next time, effects taken twice: 0",
        Actor::ALL.len().pow(2),
        sum(|count| count.cases),
        sum(|count| count.overlaps),
        sum(|count| count.repeated),
        sum(|count| count.failed),
    );
}
