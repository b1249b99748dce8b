//! What a run left to do.

use aws_lambda_events::event::sqs::SqsEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::region::Region;

/// What a run left to do in a Region when its time was up: a message to the function itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rest {
    /// The Region.
    pub region: Region,
    /// The time that the run stood for.
    pub time: String,
    /// The run's correlation id.
    pub correlation: String,
    /// How many invocations have worked on it.
    #[serde(default)]
    pub invocations: u32,
}

pub(crate) fn rests(payload: &Value) -> Vec<(String, Rest)> {
    let Ok(event) = serde_json::from_value::<SqsEvent>(payload.clone()) else { return Vec::new() };
    let rest = |body: &str| serde_json::from_str(body).ok();
    let messages = event.records.into_iter();
    messages.filter_map(|message| Some((message.message_id?, rest(message.body.as_deref()?)?))).collect()
}
