//! What there was no time for.

/// What there was no time for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfTime {
    /// To read what there is to do.
    #[error("the function's time was up before it had read what there is to do: give it more time")]
    Reading,
    /// To read Detective's settings.
    #[error("Detective did not return its settings in time: they are checked in the next run")]
    Settings,
    /// For the bucket to answer.
    #[error(
        "the bucket for reports (REPORT_BUCKET) did not answer in time: the rest is done, and the next run publishes"
    )]
    Bucket,
    /// For the event bus to answer.
    #[error(
        "the event bus for alerts (EVENT_BUS_NAME) did not answer in time: the rest is done, and the next run sends them"
    )]
    EventBus,
    /// For the topic to answer.
    #[error(
        "the topic for alerts (ALERT_TOPIC_ARN) did not answer in time: the rest is done, and the next run sends them"
    )]
    Topic,
    /// To do all, and there is no queue for continuations.
    #[error(
        "the time is up, and there is no queue for continuations: set CONTINUATION_QUEUE_URL, or give the function more time"
    )]
    NoContinuationQueue,
    /// To do all, in so many invocations.
    #[error("{0} invocations did not have enough time: give the function more time")]
    Invocations(u32),
}
