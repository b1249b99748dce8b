//! The caller: the access key of a request's signature, and whether the signature is right.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::request::Parts;

use crate::iam::permissions::Permissions;
use crate::protocol::error::AwsError;
use crate::protocol::signature_time;
use crate::resources::account::Account;
use crate::resources::region::{in_partition, is_known, partition};
use crate::world::state::State;

/// The principal that makes a call, and where.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) arn: String,
    /// AWS's unique id of the principal, as GetCallerIdentity shows it.
    pub(crate) user_id: String,
    /// The Region that the request was signed for.
    pub(crate) region: String,
    /// What it may do. Without known permissions it may do everything.
    pub(crate) permissions: Option<Permissions>,
}

/// The credential scope of a request: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>.
#[derive(Debug)]
pub(crate) struct Scope {
    access_key: String,
    date: String,
    pub(crate) region: String,
    pub(crate) service: String,
    signed_headers: Vec<String>,
    signature: String,
}

impl Scope {
    /// Reads the Authorization header.
    pub(crate) fn of(parts: &Parts) -> Result<Self, AwsError> {
        let missing = || AwsError::new("MissingAuthenticationTokenException", 403, "Missing Authentication Token");
        let header = parts.headers.get(http::header::AUTHORIZATION).ok_or_else(missing)?;
        let incomplete = || {
            let message =
                "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' of AWS4-HMAC-SHA256";
            AwsError::new("IncompleteSignatureException", 400, message)
        };
        let fields =
            header.to_str().ok().and_then(|text| text.strip_prefix("AWS4-HMAC-SHA256")).ok_or_else(incomplete)?;
        let field = |name: &str| {
            let value = fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
            value.ok_or_else(incomplete)
        };
        let credential: Vec<&str> = field("Credential")?.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = credential[..] else { return Err(incomplete()) };
        Ok(Self {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: field("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: field("Signature")?.to_owned(),
        })
    }

    /// The caller, once its signature is checked. A key of twelve digits is that account's administrator, with any
    /// secret: the convention of other emulators.
    pub(crate) fn caller(&self, state: &State, parts: &Parts, body: &[u8]) -> Result<Caller, AwsError> {
        signature_time::check(state, parts, &self.service, &self.date)?;
        if !is_known(&self.region) {
            // At AWS, an unknown Region has no endpoint at all; this is what the endpoint of another Region answers.
            return Err(AwsError::new(
                "InvalidSignatureException",
                403,
                "Credential should be scoped to a valid region.",
            ));
        }
        let (key, partition) = (&self.access_key, partition(&self.region));
        if key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Caller {
                account: key.clone(),
                arn: format!("arn:{partition}:iam::{key}:user/administrator"),
                user_id: format!("AIDA{key}"),
                region: self.region.clone(),
                permissions: None,
            });
        }
        signature_time::signed_at(parts).ok_or_else(signature_time::undated)?;
        let identity = state.identities.of_key(key).ok_or_else(unrecognized)?;
        // A session is of one partition; a scenario's key is of that in which it is used.
        if identity.token.is_some() && identity.arn.split(':').nth(1) != Some(partition) {
            return Err(unrecognized());
        }
        if identity.expires.is_some_and(|expires| expires <= state.now()) {
            let message = "The security token included in the request is expired";
            return Err(AwsError::new("ExpiredTokenException", 403, message));
        }
        let token = parts.headers.get("x-amz-security-token").and_then(|token| token.to_str().ok());
        if identity.token.as_deref() != token {
            return Err(unrecognized());
        }
        if self.expected_signature(&identity.secret, identity.token.as_deref(), parts, body).as_ref()
            != Some(&self.signature)
        {
            let message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                Access Key and signing method. Consult the service documentation for details.";
            return Err(AwsError::new("InvalidSignatureException", 403, message));
        }
        Ok(Caller {
            account: identity.account.clone(),
            arn: in_partition(&identity.arn, partition),
            user_id: identity.user_id.clone(),
            region: self.region.clone(),
            permissions: identity.permissions.clone(),
        })
    }

    /// The signature that the secret gives; `None` for a request that cannot be signed, such as one without a date.
    fn expected_signature(&self, secret: &str, token: Option<&str>, parts: &Parts, body: &[u8]) -> Option<String> {
        parts.headers.get("x-amz-date")?;
        let seconds = signature_time::signed_at(parts)?.timestamp();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.try_into().ok()?);
        let identity = aws_credential_types::Credentials::new(
            &self.access_key,
            secret,
            token.map(str::to_owned),
            None,
            "emulator",
        )
        .into();
        let mut settings = SigningSettings::default();
        // What the client did not sign is not part of the signature; what the signer adds by itself is excluded.
        let signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        settings.excluded_headers = None;
        settings.session_token_mode = if signed("x-amz-security-token") {
            aws_sigv4::http_request::SessionTokenMode::Include
        } else {
            aws_sigv4::http_request::SessionTokenMode::Exclude
        };
        if signed("x-amz-content-sha256") {
            settings.payload_checksum_kind = aws_sigv4::http_request::PayloadChecksumKind::XAmzSha256;
        }
        // S3 signs the path as it is.
        if self.service == "s3" {
            settings.percent_encoding_mode = aws_sigv4::http_request::PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = aws_sigv4::http_request::UriPathNormalizationMode::Disabled;
        }
        let added = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "authorization"];
        let mut headers = Vec::new();
        for name in self.signed_headers.iter().filter(|name| !added.contains(&name.as_str())) {
            let value = parts.headers.get(name).and_then(|value| value.to_str().ok())?;
            headers.push((name.as_str(), value));
        }
        let host = parts.headers.get(http::header::HOST)?.to_str().ok()?;
        let uri = format!("http://{host}{}", parts.uri.path_and_query()?);
        let request =
            SignableRequest::new(parts.method.as_str(), &uri, headers.into_iter(), SignableBody::Bytes(body)).ok()?;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(time)
            .settings(settings)
            .build()
            .ok()?;
        let (_, signature) = sign(request, &params.into()).ok()?.into_parts();
        Some(signature)
    }
}

/// The caller, unless its account has switched the Region off, or is suspended or closed: then its credentials are not known.
/// AWS does not document the error for an account that is closed.
pub(crate) fn admitted(state: &State, caller: Caller) -> Result<Caller, AwsError> {
    let can_call = state.accounts.get(&caller.account).is_none_or(Account::can_call);
    if !can_call || state.is_region_disabled(&caller.account, &caller.region) {
        return Err(unrecognized());
    }
    Ok(caller)
}

fn unrecognized() -> AwsError {
    AwsError::new("UnrecognizedClientException", 403, "The security token included in the request is invalid.")
}
