//! Calls to services of which one operation is needed: signed, sent and retried by the SDK's own runtime.
//!
//! The SDK's crates for S3 and Systems Manager would add 0.8 MB and 0.2 MB to packages of 2 MB.

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::SigningRegion;

use crate::aws::http::stalled_streams;
use crate::error::{AwsCode, CallCause, CallError};

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The service's signing name and endpoint prefix, such as `s3`.
    pub(crate) service: &'static str,
    /// The operation, as AWS names it.
    pub(crate) operation: &'static str,
    /// The HTTP method.
    pub(crate) method: &'static str,
    /// The path, from its slash on.
    pub(crate) path: String,
    /// Headers beside those of the signature.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// An answer that is an error: its status and AWS's code.
#[derive(Debug, thiserror::Error)]
#[error("AWS answered with HTTP status {status}")]
struct Refused {
    status: u16,
    code: Option<String>,
}

/// Makes a call in the Region of the settings, and gives the answer's body.
pub(crate) async fn call(config: &SdkConfig, call: Call) -> Result<Vec<u8>, CallError> {
    let (service, operation) = (call.service, call.operation);
    let unready = |what: &str| CallError::new(operation, CallCause::InvalidRequest, what);
    let region = config.region().ok_or_else(|| unready("no Region is set (AWS_REGION)"))?.clone();
    let http = config.http_client().ok_or_else(|| unready("there is no HTTP client"))?;
    let credentials = config.credentials_provider().ok_or_else(|| unready("there are no credentials"))?;
    let suffix = if region.as_ref().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let endpoint = config.endpoint_url().map_or_else(|| format!("https://{service}.{region}.{suffix}"), str::to_owned);

    // S3 signs the path as it is, and wants the body's hash.
    let as_it_is = service == "s3";
    let mut options = SigningOptions::default();
    options.double_uri_encode = !as_it_is;
    options.normalize_uri_path = !as_it_is;
    options.content_sha256_header = as_it_is;
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(stalled_streams());
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(region)),
        name: Some(SigningName::from_static(service)),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    });
    let components = RuntimeComponentsBuilder::new("signing")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);

    let mut builder = Operation::builder()
        .service_name(service)
        .operation_name(operation)
        .http_client(http)
        .endpoint_url(&endpoint)
        .retry_classifier(TransientErrorClassifier::<Refused>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .runtime_plugin(plugin);
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
    sent.map_err(|error| match &error {
        SdkError::ServiceError(failure) => {
            let refused = failure.err();
            let code = refused.code.as_deref().map(|code| CallCause::Aws(AwsCode::from(code)));
            let cause = code.unwrap_or(CallCause::HttpStatus(refused.status));
            CallError::new(operation, cause, &refused.to_string())
        }
        other => CallError::new(operation, CallCause::ConnectionFailure, &crate::error::chain(other)),
    })
}

fn request(call: Call) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(call.body));
    request.set_method(call.method)?;
    request.set_uri(call.path)?;
    for (name, value) in call.headers {
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

fn response(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<Refused>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(body.to_vec());
    }
    let text = String::from_utf8_lossy(body);
    // The JSON protocols name the error in the body, with or without a namespace; S3 answers XML.
    let named = serde_json::from_slice::<serde_json::Value>(body).ok();
    let json = named.as_ref().and_then(|body| body["__type"].as_str()).and_then(|name| name.rsplit('#').next());
    let xml = text.split_once("<Code>").and_then(|(_, rest)| Some(rest.split_once("</Code>")?.0));
    let code = json.or(xml).map(str::to_owned);
    Err(OrchestratorError::operation(Refused { status: response.status().as_u16(), code }))
}
