//! Waits that end in time. Those of tokio end more than a millisecond late, which is too late for answers that are few
//! milliseconds late; and a task that waits for the rest in a loop takes the processor from what is measured.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Instant;

use tokio::sync::oneshot;

/// When to wake a task, and the task.
type Timer = (Instant, oneshot::Sender<()>);

/// The thread that wakes tasks, of all emulators of the process.
static THREAD: LazyLock<Sender<Timer>> = LazyLock::new(|| {
    let (sender, timers) = channel();
    thread::spawn(move || wake(&timers));
    sender
});

/// Waits until then, and hardly longer.
pub(crate) async fn wait_until(then: Instant) {
    let (sender, woken) = oneshot::channel();
    THREAD.send((then, sender)).expect("the thread waits for ever");
    woken.await.expect("it wakes every task");
}

fn wake(timers: &Receiver<Timer>) {
    let mut waiting = BTreeMap::new();
    for number in 0_u64.. {
        let next = waiting.first_key_value().map(|((at, _), _): (&(Instant, u64), _)| *at);
        let received = match next {
            Some(at) => timers.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => timers.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match received {
            Ok((at, task)) => _ = waiting.insert((at, number), task),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(first) = waiting.first_entry().filter(|first| first.key().0 <= Instant::now()) {
            // Nobody waits any longer where a client has disconnected.
            let _: Result<(), ()> = first.remove().send(());
        }
    }
}
