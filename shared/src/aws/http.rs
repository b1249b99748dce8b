//! The HTTP client of all calls to AWS: whom it trusts, and how long it waits.

use std::ffi::OsString;
use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::aws::rate_limit::rate_limited;
use crate::aws::waits::Waits;
use crate::environment::ConfigError;

/// Which certificates are trusted: Amazon's own roots, which all services of AWS use and which are compiled in, because
/// reading a machine's hundreds of roots takes longer than all else that a function does to start. A bundle of another kind
/// is honoured where the environment names one (`AWS_CA_BUNDLE`, `SSL_CERT_FILE`, `SSL_CERT_DIR`).
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html>
///
/// # Errors
/// The `bundle` (`AWS_CA_BUNDLE`) is a file that cannot be read, or that has no certificate.
fn tls(bundle: Option<OsString>) -> Result<TlsContext, ConfigError> {
    let wrong = |problem: String| {
        ConfigError::new("AWS_CA_BUNDLE", problem, "the path of a file of certificates in PEM form, or nothing")
    };
    let bundle = bundle.filter(|path| !path.is_empty()).map(std::fs::read).transpose();
    let bundle = bundle.map_err(|error| wrong(format!("cannot be read ({error})")))?;
    if let Some(bundle) = &bundle {
        // The client would panic.
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bundle).collect();
        if certificates.map_or(true, |certificates| certificates.is_empty()) {
            return Err(wrong("has no certificate, or a damaged one".to_owned()));
        }
    }
    let system = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some());
    let roots = match (bundle, system) {
        (Some(bundle), _) => TrustStore::empty().with_pem_certificate(bundle),
        (None, true) => TrustStore::default(),
        (None, false) => TrustStore::empty().with_pem_certificate(&include_bytes!("amazon-roots.pem")[..]),
    };
    TlsContext::builder().with_trust_store(roots).build().map_err(|error| wrong(format!("is not a bundle ({error})")))
}

/// The HTTP client of all functions: one connection pool, and every call at the rate that its service takes.
///
/// # Errors
/// `AWS_CA_BUNDLE` does not name a bundle of certificates.
pub fn http_client(waits: Waits) -> Result<SharedHttpClient, ConfigError> {
    let https = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls(std::env::var_os("AWS_CA_BUNDLE"))?)
        .build_https();
    Ok(rate_limited(https, waits))
}

/// How long a connection may take to be made. How long a call may take is the HTTP client's matter.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(3)).build()
}

/// None: to the SDK, a call that waits to be let in is one whose request does not get through. The HTTP client gives up calls
/// that hang.
pub fn stalled_streams() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_cannot_be_read_or_has_no_certificate_is_an_error_that_names_the_variable() {
        for (path, problem) in [
            ("/nowhere/bundle.pem", "cannot be read"),
            (env!("CARGO_MANIFEST_DIR"), "cannot be read"),
            (concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "has no certificate"),
        ] {
            let error = tls(Some(path.into())).expect_err(path).to_string();
            assert!(error.starts_with("environment variable AWS_CA_BUNDLE ") && error.contains(problem), "{error}");
        }
        let roots = concat!(env!("CARGO_MANIFEST_DIR"), "/src/aws/amazon-roots.pem");
        for path in [None, Some("".into()), Some(roots.into())] {
            assert!(tls(path.clone()).is_ok(), "{path:?}");
        }
    }
}
