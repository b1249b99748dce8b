//! Alerts: events on a bus.

use std::cell::OnceCell;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde_json::Value;

use crate::deadline::Deadline;
use crate::error::{CallError, Failure, OutOfTime};
use crate::model::graph::GraphArn;

/// The `detail-type` of an alert.
const DETAIL_TYPE: &str = "Detective Coverage Alert";

/// How long putting an event may take: more costs the Region its alert, and nothing else. The work of other Regions on the same
/// processor takes some of it.
const SHARE: Duration = Duration::from_secs(20);

/// Where alerts are sent.
#[derive(Debug)]
pub struct Alerts {
    config: SdkConfig,
    source: &'static str,
    /// The name of a bus in the account and Region of the settings.
    bus: Option<String>,
    client: OnceCell<Client>,
}

impl Alerts {
    /// Alerts as events of that source on a bus; without one, none are sent.
    pub fn new(config: SdkConfig, source: &'static str, bus: Option<String>) -> Self {
        Self { config, source, bus, client: OnceCell::new() }
    }

    /// Sends an alert about a graph.
    ///
    /// # Errors
    /// The call's error, or that there was no time.
    pub async fn send(&self, graph: &GraphArn, detail: &Value, deadline: Deadline) -> Result<(), Failure> {
        let Some(bus) = &self.bus else { return Ok(()) };
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source(self.source)
            .detail_type(DETAIL_TYPE)
            .resources(graph.as_str())
            .detail(detail.to_string())
            .build();
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let put = client.put_events().entries(entry).send();
        // What is remembered of it is put in a bucket afterwards.
        let Some(answer) = deadline.publish_first(SHARE, put).await else { return Err(OutOfTime::EventBus.into()) };
        let answer = answer.map_err(CallError::of("PutEvents"))?;
        if let Some(failed) = answer.entries().iter().find(|entry| entry.error_code().is_some()) {
            let code = failed.error_code().unwrap_or_default();
            let message = failed.error_message().unwrap_or("no reason given");
            return Err(CallError::answered("PutEvents", code, message).into());
        }
        Ok(())
    }
}
