//! STS as a service: its protocol and its operations.

use http::request::Parts;

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::request::{Request, UnknownOperation};
use crate::protocol::response::{Body, REQUEST_ID};
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::sts::assume_role::assume_role;
use crate::world::state::State;

/// AWS Security Token Service.
pub(crate) struct Sts;

impl Service for Sts {
    fn name(&self) -> &'static str {
        "sts"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Query
    }

    fn read(&self, _: &Parts, body: &[u8]) -> Result<Request, UnknownOperation> {
        Ok(Request::query(body))
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AccessDenied", 403, message)
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        if command.operation != "AssumeRole" {
            return Vec::new();
        }
        vec![RequiredAction::new("sts:AssumeRole", command.input["RoleArn"].as_str().unwrap_or_default())]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        let result = match command.operation {
            "AssumeRole" => assume_role(state, command.caller, command.input),
            "GetCallerIdentity" => Ok(identity(command.caller)),
            other => Err(AwsError::not_implemented(&format!("sts:{other}"))),
        };
        result.map(|members| Body::Xml(xml(command.operation, &members)))
    }
}

fn identity(caller: &Caller) -> String {
    format!("<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>", caller.arn, caller.user_id, caller.account)
}

fn xml(operation: &str, result: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{operation}Response>"
    )
}
