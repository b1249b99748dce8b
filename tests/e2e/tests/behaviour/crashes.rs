//! Every function is killed at every call: when Lambda runs it again, it ends where an undisturbed run ends, and nothing
//! is done twice.

use detective_emulator::{AfterEffect, Effect, Fault, HELD};
use tokio::task::JoinSet;

use end_to_end::fixture::{Actor, Fixture};
use end_to_end::template::template;

/// Where a run is killed. Calls are counted from 1, in the order in which they arrive, whatever Region they are for.
#[derive(Debug, Clone, Copy)]
enum Kill {
    /// The call has had its effect; the function has not received the answer.
    BeforeTheAnswer(u64),
    /// The function has received the answer, and no later call has an effect. After call 0 is before the first.
    AfterTheAnswer(u64),
}

impl Kill {
    /// The number of the call at whose arrival the process is killed.
    fn arrival(self) -> u64 {
        match self {
            Self::BeforeTheAnswer(call) => call,
            Self::AfterTheAnswer(call) => call + 1,
        }
    }

    /// From the arrival on nothing is answered, and what comes after the call has no effect.
    fn faults(self) -> Vec<Fault> {
        let (Self::BeforeTheAnswer(last) | Self::AfterTheAnswer(last)) = self;
        let from = |call, effect| Fault { operation: None, from_call: Some(call), ..Fault::on("", effect) };
        vec![
            from(self.arrival(), Effect::DelayMs(HELD)),
            from(last + 1, Effect::Reset(AfterEffect { after_effect: false })),
        ]
    }
}

/// What was tried of one function.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    cases: usize,
    kills: usize,
    lost: usize,
}

/// Runs the function, kills it, and runs it again. `false` if it ended before it could be killed.
async fn killed(actor: Actor, grace: &str, kill: Kill) -> (bool, Fixture) {
    let fixture = Fixture::start(&template(), &[actor], grace).await;
    let at = fixture.last_call() + kill.arrival();
    fixture.aws().set_faults(kill.faults());
    let killed = tokio::select! {
        biased;
        // The other branch is dropped, and the process is killed with it.
        () = fixture.aws().called(at) => true,
        run = fixture.run(actor) => {
            run.report().unwrap_or_else(|report| panic!("{actor:?}, {kill:?}: {report:#}"));
            false
        }
    };
    fixture.aws().set_faults(Vec::new());
    // Lambda runs it again, even if it had done everything.
    fixture.pass_visibility_timeouts();
    let again = fixture.run(actor).await.report();
    again.unwrap_or_else(|report| panic!("{actor:?}, {kill:?}: the next run fails: {report:#}"));
    (killed, fixture)
}

async fn at_every_call(actor: Actor, grace: &str) -> Count {
    let clean = Fixture::start(&template(), &[actor], grace).await;
    let run = clean.run(actor).await;
    run.report().unwrap_or_else(|report| panic!("{actor:?} fails undisturbed: {report:#}"));
    let (expected, effects) = (clean.end(), clean.effects());
    assert!(!effects.taken.is_empty() || grace != "0", "{actor:?} has nothing to do");
    let mut count = Count::default();
    for call in 0.. {
        let kills = [Kill::BeforeTheAnswer(call), Kill::AfterTheAnswer(call)];
        let mut lived = true;
        for kill in kills.into_iter().filter(|kill| kill.arrival() > 0) {
            let (killed, fixture) = killed(actor, grace, kill).await;
            let (end, after) = (fixture.end(), fixture.effects());
            count.cases += 1;
            count.kills += usize::from(killed);
            count.lost += expected.difference(&end).count();
            assert_eq!(end, expected, "{actor:?}, {kill:?}");
            assert_eq!(after.taken, effects.taken, "{actor:?}, {kill:?}: what is done differs from an undisturbed run");
            assert_eq!((after.repeated.len(), after.emails), (0, 0), "{actor:?}, {kill:?}: {after:?}");
            lived = killed;
        }
        if !lived {
            break;
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_is_killed_at_any_call_ends_as_if_it_had_not_been_and_does_nothing_twice() {
    let mut tasks = JoinSet::new();
    for actor in Actor::ALL {
        tasks.spawn(at_every_call(actor, "0"));
    }
    // With a grace period, departures are enqueued.
    tasks.spawn(at_every_call(Actor::Reconciler, "24"));
    let mut total = Count::default();
    for count in tasks.join_all().await {
        assert!(count.kills > 4, "{count:?}");
        total.cases += count.cases;
        total.kills += count.kills;
        total.lost += count.lost;
    }
    let Count { cases, kills, lost } = total;
    println!("crashes: {cases} cases, {kills} kills, each run again, effects done twice: 0, accounts lost: {lost}");
}
