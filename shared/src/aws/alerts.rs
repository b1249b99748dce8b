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

/// Sends alerts.
#[derive(Debug)]
pub struct Alerts {
    config: SdkConfig,
    source: &'static str,
    bus: Option<String>,
    client: OnceCell<Client>,
}

impl Alerts {
    /// Alerts to the bus of this name in the account and Region of the settings, as events of that source; without one, to nobody.
    pub fn new(config: SdkConfig, source: &'static str, bus: Option<String>) -> Self {
        Self { config, source, bus, client: OnceCell::new() }
    }

    /// Sends an alert about a graph.
    ///
    /// # Errors
    /// The first call's error, or that there was no time.
    pub async fn send(&self, graph: &GraphArn, detail: &Value, deadline: Deadline) -> Result<(), Failure> {
        // What is remembered of it is put in a bucket afterwards.
        if let Some(bus) = &self.bus {
            deadline.publish_first(SHARE, self.put(bus, graph, detail)).await.ok_or(OutOfTime::EventBus)??;
        }
        Ok(())
    }

    async fn put(&self, bus: &str, graph: &GraphArn, detail: &Value) -> Result<(), CallError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source(self.source)
            .detail_type(DETAIL_TYPE)
            .resources(graph.as_str())
            .detail(detail.to_string())
            .build();
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let answer = client.put_events().entries(entry).send().await.map_err(CallError::of("PutEvents"))?;
        if let Some(failed) = answer.entries().iter().find(|entry| entry.error_code().is_some()) {
            let code = failed.error_code().unwrap_or_default();
            let message = failed.error_message().unwrap_or("no reason given");
            return Err(CallError::answered("PutEvents", code, message));
        }
        Ok(())
    }
}
