//! The protocols that AWS's services speak: <https://smithy.io/2.0/aws/protocols/index.html>.

use http::request::Parts;

/// The protocol of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireProtocol {
    RestJson,
    RestXml,
    Json10,
    Json11,
    Query,
    /// No service that is emulated speaks it: it is known so that clients can read that.
    RpcV2Cbor,
}

impl WireProtocol {
    /// The protocol of a request for no known service, so that its client can read the error.
    pub(crate) fn guess(parts: &Parts) -> Self {
        if parts.headers.contains_key("smithy-protocol") {
            return Self::RpcV2Cbor;
        }
        if parts.headers.contains_key("x-amz-target") {
            return Self::Json11;
        }
        let content = parts.headers.get(http::header::CONTENT_TYPE).and_then(|content| content.to_str().ok());
        if content.is_some_and(|content| content.contains("x-www-form-urlencoded")) {
            return Self::Query;
        }
        // Only S3 wants the hash of the body.
        let is_hashed = parts.headers.contains_key("x-amz-content-sha256");
        if is_hashed { Self::RestXml } else { Self::RestJson }
    }

    /// The content type of its responses.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::RestJson => "application/json",
            Self::Json10 => "application/x-amz-json-1.0",
            Self::Json11 => "application/x-amz-json-1.1",
            Self::Query | Self::RestXml => "text/xml",
            Self::RpcV2Cbor => "application/cbor",
        }
    }
}
