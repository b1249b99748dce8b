//! Systems Manager as a service: GetParameter.

use http::request::Parts;
use serde_json::json;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::request::{Request, UnknownOperation};
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::world::state::State;

/// AWS Systems Manager.
pub(crate) struct SystemsManager;

impl Service for SystemsManager {
    fn name(&self) -> &'static str {
        "ssm"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Json11
    }

    fn read(&self, parts: &Parts, body: &[u8]) -> Result<Request, UnknownOperation> {
        Ok(Request::json(parts, body))
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let (account, region) = (&command.caller.account, &command.caller.region);
        let name = command.input["Name"].as_str().unwrap_or_default().trim_start_matches('/');
        let resource = format!("arn:aws:ssm:{region}:{account}:parameter/{name}");
        vec![RequiredAction::new(format!("ssm:{}", command.operation), resource)]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        if command.operation != "GetParameter" {
            return Err(AwsError::not_implemented(&format!("ssm:{}", command.operation)));
        }
        let name = command.input["Name"].as_str().unwrap_or_default();
        let value = state.parameters.get(name).ok_or_else(|| AwsError::new("ParameterNotFound", 400, ""))?;
        let parameter = json!({"Name": name, "Type": "String", "Value": value, "Version": 1, "DataType": "text"});
        Ok(Body::Json(json!({ "Parameter": parameter })))
    }
}
