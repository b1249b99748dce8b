//! Alerts: events on a bus for programs, and messages to a topic for people.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use futures_util::future::join;
use serde_json::Value;

use crate::aws::notice::Notice;
use crate::aws::sns;
use crate::deadline::Deadline;
use crate::error::{CallError, Failure, OutOfTime};
use crate::model::graph::GraphArn;

/// The `detail-type` of an alert.
const DETAIL_TYPE: &str = "Detective Coverage Alert";

/// How long sending an alert may take: more costs the Region its alert, and nothing else. The work of other Regions on the same
/// processor takes some of it.
const SHARE: Duration = Duration::from_secs(20);

/// Where alerts are sent, in the account and Region of the settings. What is `None` gets none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertTargets {
    /// The name of a bus, for programs (`EVENT_BUS_NAME`).
    pub bus: Option<String>,
    /// The ARN of a topic, for people (`ALERT_TOPIC_ARN`).
    pub topic: Option<String>,
}

/// One of the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Bus,
    Topic,
}

/// Sends alerts.
#[derive(Debug)]
pub struct Alerts {
    config: SdkConfig,
    source: &'static str,
    targets: AlertTargets,
    client: OnceCell<Client>,
    /// The last alert that each target took about each graph.
    sent: RefCell<BTreeMap<(Target, GraphArn), String>>,
}

impl Alerts {
    /// Alerts to these targets, as events of that source.
    pub fn new(config: SdkConfig, source: &'static str, targets: AlertTargets) -> Self {
        Self { config, source, targets, client: OnceCell::new(), sent: RefCell::default() }
    }

    /// Sends an alert about a graph. People get its `region`, `message` and `correlation` from the function itself, and not by a
    /// rule: whoever may put events on the bus could put any text there. What one target does not take is sent to the other. An
    /// alert that is sent again, by its `key`, is sent to the target alone that did not take it.
    ///
    /// # Errors
    /// The first call's error, or that there was no time.
    pub async fn send(&self, key: &str, graph: &GraphArn, detail: &Value, deadline: Deadline) -> Result<(), Failure> {
        let text = |name: &str| detail[name].as_str().unwrap_or_default();
        let (region, correlation) = (text("region"), text("correlation"));
        let subject = format!("Detective coverage alert: {region}");
        let message = format!("{region}: {} (correlation id {correlation})", text("message"));
        let notice = Notice { title: subject, text: message, next_steps: Vec::new() };
        let put = async {
            let Some(bus) = &self.targets.bus else { return Ok(()) };
            let put = deadline.publish_first(SHARE, self.put(bus, graph, detail)).await;
            Ok(put.ok_or(OutOfTime::EventBus)??)
        };
        let put = self.once(Target::Bus, key, graph, put);
        let published = self.once(Target::Topic, key, graph, self.notify(&notice, deadline));
        let (put, published) = join(put, published).await;
        put.and(published)
    }

    /// Sends an alert to a target that has not taken it yet.
    async fn once(
        &self,
        target: Target,
        key: &str,
        graph: &GraphArn,
        send: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let about = (target, graph.clone());
        if self.sent.borrow().get(&about).is_none_or(|sent| sent != key) {
            send.await?;
            self.sent.borrow_mut().insert(about, key.to_owned());
        }
        Ok(())
    }

    /// Sends people a message, and nothing to programs.
    ///
    /// # Errors
    /// The call's error, or that there was no time.
    pub async fn notify(&self, notice: &Notice, deadline: Deadline) -> Result<(), Failure> {
        let Some(topic) = &self.targets.topic else { return Ok(()) };
        // What is remembered of it is put in a bucket afterwards.
        let texts = notice.texts();
        let publish = sns::publish(&self.config, topic, &notice.title, &texts);
        Ok(deadline.publish_first(SHARE, publish).await.ok_or(OutOfTime::Topic)??)
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
