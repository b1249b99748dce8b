//! The queue of departures, and the time that they wait there.

use chrono::TimeDelta;

use crate::environment::Environment;

impl Environment {
    /// The name of the queue of departures.
    pub fn departures_queue(&self) -> String {
        self.cloud.queues().into_iter().find(|queue| queue.contains("Departures")).expect("the stack makes a queue")
    }

    /// How many departures wait.
    pub fn departures(&self) -> usize {
        self.aws().messages(&self.departures_queue()).len()
    }

    /// Lets what is on its way arrive, and then time pass.
    pub async fn settle_and_pass(&self, time: TimeDelta) {
        self.cloud.settle_now().await;
        self.aws().advance(time);
    }
}
