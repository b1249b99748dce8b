//! S3 as a service: its protocol, its model and its operations.

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::model::definition::Model;
use crate::protocol::model::violation::Violation;
use crate::protocol::response::Body;
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::services::s3::model::MODEL;
use crate::services::s3::objects;
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

    fn model(&self) -> &'static Model {
        &MODEL
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    fn common_errors(&self) -> &'static [&'static str] {
        &[
            "AccessDenied",
            "BadDigest",
            "IllegalLocationConstraintException",
            "InvalidArgument",
            "InvalidRange",
            "KeyTooLongError",
            "NoSuchBucket",
            "NoSuchKey",
            "NotModified",
            "PermanentRedirect",
            "PreconditionFailed",
        ]
    }

    fn invalid_input(&self, violation: &Violation) -> AwsError {
        AwsError::new("InvalidArgument", 400, &violation.message)
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
        let on_object = |action: &str| {
            let required = RequiredAction::new(action, format!("arn:aws:s3:::{bucket}/{}", text("Key")));
            objects::in_account(state, bucket, required)
        };
        match command.operation {
            "HeadBucket" => vec![objects::list_bucket(state, bucket)],
            "ListObjectsV2" => vec![objects::list_bucket(state, bucket).with("s3:prefix", text("Prefix"))],
            "HeadObject" => vec![on_object("s3:GetObject")],
            // A write that depends on the tag of the object reads it.
            "PutObject" if !command.input["IfMatch"].is_null() => {
                vec![on_object("s3:PutObject"), on_object("s3:GetObject")]
            }
            other => vec![on_object(&format!("s3:{other}"))],
        }
    }

    fn perform(&self, state: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        objects::perform(state, command)
    }
}
