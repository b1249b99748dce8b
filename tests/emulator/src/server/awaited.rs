//! Responses that come once a function has run.

use http::Response;

use crate::cloud::handle::Cloud;
use crate::protocol::response::{self, Body, Later};
use crate::protocol::wire_protocol::WireProtocol;
use crate::server::date::date;
use crate::world::invocations::InvocationAnswer;

/// A response that comes once a function has run.
pub(crate) struct Awaited {
    pub(crate) later: Later,
    pub(crate) protocol: WireProtocol,
    pub(crate) message_member: &'static str,
    pub(crate) id: String,
}

impl Awaited {
    /// The response, with the answer to the invocation.
    pub(crate) fn response(self, cloud: &Cloud, answer: Option<InvocationAnswer>) -> Response<Vec<u8>> {
        let Self { later, protocol, message_member, id } = self;
        let mut response = match (later.read)(answer) {
            Ok(object) => response::success(protocol, 200, Body::Object(object), &id),
            Err(error) => response::failure(protocol, message_member, &error, &id),
        };
        date(response.headers_mut(), cloud.now());
        response
    }
}
