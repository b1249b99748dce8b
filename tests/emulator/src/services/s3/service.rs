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

    fn required_actions(&self, state: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let text = |member: &str| command.input[member].as_str().unwrap_or_default();
        let bucket = text("Bucket");
        // That a bucket does not exist is no secret.
        if !state.buckets.0.contains_key(bucket) {
            return Vec::new();
        }
        let on_object = |action: &str| RequiredAction::new(action, format!("arn:aws:s3:::{bucket}/{}", text("Key")));
        let mut required = vec![match command.operation {
            "ListObjectsV2" => objects::list_bucket(state, bucket),
            other => objects::in_account(state, bucket, on_object(&format!("s3:{other}"))),
        }];
        // A write that depends on the tag of the object reads it.
        if command.operation == "PutObject" && !command.input["IfMatch"].is_null() {
            required.push(objects::in_account(state, bucket, on_object("s3:GetObject")));
        }
        required
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        objects::perform(state, command.caller, command.operation, command.input, command.payload).map(Body::Object)
    }
}
