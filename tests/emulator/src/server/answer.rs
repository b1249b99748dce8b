//! Answers: what is to be written, and when and how it is to reach the client.

use http::Response;

use crate::protocol::error::AwsError;
use crate::protocol::response::{self, Body};
use crate::protocol::wire_protocol::WireProtocol;
use crate::server::awaited::Awaited;

/// How the answer is to reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The connection is closed in the middle of the body.
    Truncated,
    /// The connection is closed without an answer.
    Reset,
}

/// An answer, and how and when it is to be delivered.
pub(crate) struct Answer {
    pub(crate) response: Response<Vec<u8>>,
    pub(crate) delivery: Delivery,
    pub(crate) delay_ms: u64,
    /// What the response is made of, if it is not known yet.
    pub(crate) awaited: Option<Awaited>,
}

/// An answer before it is written.
pub(crate) struct Unwritten {
    /// The status and the body of a success, or the error.
    pub(crate) result: Result<(u16, Body), AwsError>,
    pub(crate) protocol: WireProtocol,
    pub(crate) message_member: &'static str,
    pub(crate) id: String,
    pub(crate) delivery: Delivery,
    pub(crate) delay_ms: u64,
    /// The body is no JSON.
    pub(crate) is_malformed: bool,
}

impl Unwritten {
    /// The answer to a request that is not performed.
    pub(crate) fn refusal(protocol: WireProtocol, message_member: &'static str, error: AwsError, id: String) -> Self {
        let (delivery, delay_ms, is_malformed) = (Delivery::Whole, 0, false);
        Self { result: Err(error), protocol, message_member, id, delivery, delay_ms, is_malformed }
    }

    pub(crate) fn write(self) -> Answer {
        let Self { result, protocol, message_member, id, delivery, delay_ms, is_malformed } = self;
        let mut awaited = None;
        let mut response = match result {
            Ok((status, Body::Later(later))) => {
                let response = response::success(protocol, status, Body::Empty, &id);
                awaited = Some(Awaited { later, protocol, message_member, id });
                response
            }
            Ok((status, body)) => response::success(protocol, status, body, &id),
            Err(error) => response::failure(protocol, message_member, &error, &id),
        };
        if is_malformed {
            *response.body_mut() = b"{\"this is\": not what was asked for".to_vec();
        }
        Answer { response, delivery, delay_ms, awaited }
    }
}
