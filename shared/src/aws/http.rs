//! The HTTP client of all calls to AWS: whom it trusts, and how long it waits.

use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::aws::rate_limit::rate_limited;

/// Which certificates are trusted: Amazon's own roots, which all services of AWS use and which are compiled in, because
/// reading a machine's hundreds of roots takes longer than all else that a function does to start. A bundle of another kind
/// is honoured where the environment names one (`AWS_CA_BUNDLE`, `SSL_CERT_FILE`, `SSL_CERT_DIR`).
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>
fn tls() -> TlsContext {
    let bundle = std::env::var_os("AWS_CA_BUNDLE").and_then(|path| std::fs::read(path).ok());
    let system = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some());
    let roots = match (bundle, system) {
        (Some(bundle), _) => TrustStore::empty().with_pem_certificate(bundle),
        (None, true) => TrustStore::default(),
        (None, false) => TrustStore::empty().with_pem_certificate(&include_bytes!("amazon-roots.pem")[..]),
    };
    TlsContext::builder().with_trust_store(roots).build().expect("a trust store is all it needs")
}

/// The HTTP client of all functions: one connection pool, and every call at the rate that its service takes.
pub fn http_client() -> SharedHttpClient {
    rate_limited(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls()).build_https())
}

/// How long a connection may take to be made. How long a call may take is the HTTP client's matter.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(3)).build()
}

/// None: to the SDK, a call that waits to be let in is one whose request does not get through. The HTTP client gives up calls
/// that hang.
pub(crate) fn stalled_streams() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}
