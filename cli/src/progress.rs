//! A line on standard error while something takes long: how many calls were answered. It is for people, so it is there only on a
//! terminal, and is erased in the end.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::settings::Calls;

/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(200);

/// Waits for `work`, and shows the calls meanwhile unless it is to be `quiet`.
pub(crate) async fn shown<T>(what: &str, calls: &Calls, quiet: bool, work: impl Future<Output = T>) -> T {
    let mut terminal = std::io::stderr();
    if quiet || !terminal.is_terminal() {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    let (begin, mut ticks) = (Instant::now(), tokio::time::interval(EVERY));
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            _ = ticks.tick() => {
                let line = line(what, calls, begin.elapsed());
                let _ = write!(terminal, "\r\x1b[K{line}").and_then(|()| terminal.flush());
            }
        }
    };
    let _ = write!(terminal, "\r\x1b[K").and_then(|()| terminal.flush());
    done
}

fn line(what: &str, calls: &Calls, elapsed: Duration) -> String {
    let counts = calls.text();
    let counts = if counts.is_empty() { "no call answered yet".to_owned() } else { format!("calls: {counts}") };
    format!("{what}, {} s; {counts}", elapsed.as_secs())
}
