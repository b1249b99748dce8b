//! EventBridge as a service: its protocol, its model and its operations.

use std::sync::LazyLock;

use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::input::items;
use crate::protocol::model::definition::Model;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::events::{bus, put_events, rules};
use crate::world::state::State;

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/events.json")));

/// Amazon EventBridge.
pub(crate) struct Events;

impl Service for Events {
    fn name(&self) -> &'static str {
        "events"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json11
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn check_world(&self, state: &State) -> Result<(), String> {
        rules::check_world(&MODEL, state)
    }

    fn common_errors(&self) -> &'static [&'static str] {
        &["ValidationException"]
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        if command.operation != "PutEvents" {
            return vec![RequiredAction::new(format!("events:{}", command.operation), "*")];
        }
        items(command.input, "Entries").map(|entry| put_entry(command, entry)).collect()
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let (caller, input) = (command.caller, command.input);
        let answer = match command.operation {
            "DescribeEventBus" => rules::describe_bus(state, caller, input),
            "DescribeRule" => rules::describe_rule(state, caller, input),
            "ListRules" => rules::list_rules(state, caller, input),
            "ListTargetsByRule" => rules::list_targets(state, caller, input),
            "PutEvents" => put_events::put_events(state, caller, input),
            other => Err(AwsError::not_implemented(&format!("events:{other}"))),
        };
        answer.map(Body::Json)
    }
}

/// What an entry of PutEvents requires.
fn put_entry(command: &Command<'_>, entry: &Value) -> RequiredAction {
    let text = |member: &str| entry[member].as_str().unwrap_or_default();
    let (account, region, bus) = bus::named(command.caller, entry["EventBusName"].as_str());
    RequiredAction::new("events:PutEvents", format!("arn:aws:events:{region}:{account}:event-bus/{bus}"))
        .with("events:source", text("Source"))
        .with("events:detail-type", text("DetailType"))
}
