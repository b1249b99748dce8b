//! S3 as a service: its protocol and its operations.

use http::request::Parts;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::request::{Request, UnknownOperation};
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::s3::{objects, request};
use crate::world::state::State;

/// Amazon S3.
pub(crate) struct S3;

impl Service for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::RestXml
    }

    fn read(&self, parts: &Parts, body: &[u8]) -> Result<Request, UnknownOperation> {
        let (operation, input) = request::operation(parts);
        Ok(Request { operation, input: Ok(input), payload: request::unchunked(parts, body) })
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AccessDenied", 403, message)
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let text = |member: &str| command.input[member].as_str().unwrap_or_default();
        let bucket = format!("arn:aws:s3:::{}", text("Bucket"));
        vec![match command.operation {
            "ListObjectsV2" => RequiredAction::new("s3:ListBucket", bucket),
            other => RequiredAction::new(format!("s3:{other}"), format!("{bucket}/{}", text("Key"))),
        }]
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        objects::perform(state, command.caller, command.operation, command.input, command.payload).map(Body::Bytes)
    }
}
