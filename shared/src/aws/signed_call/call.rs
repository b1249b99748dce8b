//! One call: signed, sent, retried, and its error read.

use std::borrow::Cow;

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;

use super::service::{Service, misconfigured, region};
use crate::aws::http::stalled_streams;
use crate::error::CallError;

/// A call.
#[derive(Debug)]
pub(crate) struct Call {
    /// The operation, as AWS names it.
    pub(crate) operation: &'static str,
    /// The HTTP method.
    pub(crate) method: &'static str,
    /// The endpoint's URL.
    pub(crate) endpoint: String,
    /// The path below the endpoint, percent-encoded, from its slash on.
    pub(crate) path: String,
    /// Headers beside those that every call has.
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// The response of a call that succeeded.
#[derive(Debug)]
pub(crate) struct Answer {
    headers: Headers,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header's value, if the response has it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }
}

/// Makes a call with the credentials and in the Region of the settings.
///
/// # Errors
/// The call's error, after the retries of the settings; `InvalidConfiguration` if the settings are incomplete.
pub(crate) async fn call(config: &SdkConfig, service: &Service, call: Call) -> Result<Answer, CallError> {
    let operation = call.operation;
    let http = config.http_client().ok_or_else(|| misconfigured(operation, "there is no HTTP client"))?;
    let mut builder = Operation::builder()
        .service_name(service.signing_name)
        .operation_name(operation)
        .http_client(http)
        .endpoint_url(&call.endpoint)
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .interceptor(UserAgentInterceptor::new())
        .runtime_plugin(signing(config, service, operation)?);
    if let Some(retry) = config.retry_config() {
        builder = builder.standard_retry(retry);
    }
    if let Some(timeouts) = config.timeout_config() {
        builder = builder.timeout_config(timeouts.clone());
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        builder = builder.time_source(time);
    }
    let sent = builder.serializer(request).deserializer(response).build().invoke(call).await;
    sent.map_err(CallError::of(operation))
}

/// What the runtime needs to sign requests and to name the caller in `User-Agent`.
fn signing(config: &SdkConfig, service: &Service, operation: &'static str) -> Result<StaticRuntimePlugin, CallError> {
    let credentials =
        config.credentials_provider().ok_or_else(|| misconfigured(operation, "there are no credentials"))?;
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(stalled_streams());
    layer.store_put(ApiMetadata::new(service.signing_name, env!("CARGO_PKG_VERSION")));
    layer.store_or_unset(config.app_name().cloned());
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(region(config, operation)?.clone())),
        name: Some(SigningName::from_static(service.signing_name)),
        signing_options: (service.signing_options)(),
        ..SigV4OperationSigningConfig::default()
    });
    let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let components = RuntimeComponentsBuilder::new("signing")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)))
        .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    Ok(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components))
}

fn request(call: Call) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(call.body));
    request.set_method(call.method)?;
    request.set_uri(call.path)?;
    for (name, value) in call.headers {
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

fn response(response: &HttpResponse) -> Result<Answer, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(Answer { headers: response.headers().clone(), body: body.to_vec() });
    }
    let error = json_error(body, response.headers().get("x-amzn-errortype")).unwrap_or_else(|| xml_error(body));
    Err(OrchestratorError::operation(error))
}

/// An error of the JSON protocols. Its code may have a namespace before it and a URL after it.
///
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>
fn json_error(body: &[u8], header: Option<&str>) -> Option<ErrorMetadata> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let member = |name: &&str| body[name].as_str().filter(|text| !text.is_empty());
    let code = header.or_else(|| ["code", "__type"].iter().find_map(member));
    let code = code.and_then(|code| code.split(':').next()).and_then(|code| code.rsplit('#').next());
    Some(metadata(code.map(str::to_owned), ["message", "Message"].iter().find_map(member).map(str::to_owned)))
}

/// An error of S3 or SNS, whose elements have no attributes. An XML parser would add
/// 23 kB to every package.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization>
fn xml_error(body: &[u8]) -> ErrorMetadata {
    const ENTITIES: [(&str, &str); 5] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let body = String::from_utf8_lossy(body);
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        let unescape = |text: String, (entity, character)| text.replace(entity, character);
        Some(ENTITIES.into_iter().fold(text.to_owned(), unescape)).filter(|text| !text.is_empty())
    };
    metadata(element("Code"), element("Message"))
}

fn metadata(code: Option<String>, message: Option<String>) -> ErrorMetadata {
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code {
        error = error.code(code);
    }
    if let Some(message) = message {
        error = error.message(message);
    }
    error.build()
}
