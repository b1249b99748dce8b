//! SNS as a service: its protocol and Publish. What is published is in the journal.

use http::request::Parts;

use crate::iam::permissions::RequiredAction;
use crate::protocol::error::AwsError;
use crate::protocol::request::{Request, UnknownOperation};
use crate::protocol::response::{Body, REQUEST_ID};
use crate::protocol::service::{Command, Service};
use crate::protocol::wire_protocol::WireProtocol;
use crate::world::state::State;

/// How long a message is at most, in bytes: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.
const LONGEST_MESSAGE: usize = 262_144;

/// How long a subject must be shorter than, in characters.
const SUBJECT_LIMIT: usize = 100;

/// Amazon Simple Notification Service.
pub(crate) struct Sns;

impl Service for Sns {
    fn name(&self) -> &'static str {
        "sns"
    }

    fn protocol(&self) -> WireProtocol {
        WireProtocol::Query
    }

    fn read(&self, _: &Parts, body: &[u8]) -> Result<Request, UnknownOperation> {
        Ok(Request::query(body))
    }

    fn access_denied(&self, message: &str) -> AwsError {
        AwsError::new("AuthorizationError", 403, message)
    }

    fn required_actions(&self, _: &State, command: &Command<'_>) -> Vec<RequiredAction> {
        let topic = command.input["TopicArn"].as_str().unwrap_or_default();
        vec![RequiredAction::new(format!("sns:{}", command.operation), topic)]
    }

    fn perform(&self, _: &mut State, command: &Command<'_>) -> Result<Body, AwsError> {
        if command.operation != "Publish" {
            return Err(AwsError::not_implemented(&format!("sns:{}", command.operation)));
        }
        let invalid = |problem: &str| AwsError::new("InvalidParameter", 400, format!("Invalid parameter: {problem}"));
        let text = |member: &str| command.input[member].as_str().unwrap_or_default();
        let (topic, subject, message) = (text("TopicArn"), text("Subject"), text("Message"));
        let parts: Vec<&str> = topic.split(':').collect();
        if !matches!(parts[..], ["arn", _, "sns", region, account, _] if region == command.caller.region && account.len() == 12)
        {
            return Err(invalid("TopicArn"));
        }
        if message.is_empty() || message.len() > LONGEST_MESSAGE {
            return Err(invalid("Message"));
        }
        let is_line = subject.chars().all(|letter| letter.is_ascii() && !letter.is_ascii_control());
        if subject.chars().count() >= SUBJECT_LIMIT || !is_line {
            return Err(invalid("Subject"));
        }
        Ok(Body::Xml(format!(
            "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
             <MessageId>{REQUEST_ID}</MessageId></PublishResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId>\
             </ResponseMetadata></PublishResponse>"
        )))
    }
}
