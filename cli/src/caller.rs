//! Whose credentials are used, and the organization that they belong to.

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use detective_onboarding::error::{CallCause, CallError};
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;

use crate::failure::Failure;
use crate::settings::at;

/// Whose credentials are used.
pub(crate) struct Caller {
    /// Their account.
    pub(crate) account: AccountId,
    /// The partition, such as `aws`.
    pub(crate) partition: String,
    /// The Region of Organizations' events and of what an account has once.
    pub(crate) home: Region,
}

/// The organization, as every account in it sees it.
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) management: AccountId,
    pub(crate) all_features: bool,
}

impl Caller {
    /// Asks AWS whose credentials they are. `region` is any Region of their partition.
    ///
    /// # Errors
    /// There are no credentials, AWS cannot be reached, or it does not know them: a sentence that states what to do.
    pub(crate) async fn identify(config: &SdkConfig, region: &Region) -> Result<Self, Failure> {
        // us-gov-west-1 for Organizations' events is an analogy: AWS does not document it.
        let home = if region.as_str().starts_with("us-gov-") { "us-gov-west-1" } else { "us-east-1" };
        let home: Region = home.parse()?;
        let provider = config.credentials_provider().ok_or("there are no credentials")?;
        if let Err(error) = provider.provide_credentials().await {
            return Err(format!(
                "there are no AWS credentials ({}): set AWS_PROFILE, or sign in with \"aws sso login\"",
                chain(&error)
            )
            .into());
        }
        let identity = aws_sdk_sts::Client::new(&at(config, &home)).get_caller_identity().send().await;
        let identity =
            identity.map_err(CallError::of("GetCallerIdentity")).map_err(|error| unanswered(config, &error))?;
        let account = identity.account().unwrap_or_default().parse()?;
        let partition = identity.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws").to_owned();
        Ok(Self { account, partition, home })
    }
}

fn unanswered(config: &SdkConfig, error: &CallError) -> Failure {
    let hint = match (&error.cause, config.endpoint_url()) {
        (CallCause::ConnectionFailure | CallCause::Timeout, Some(url)) => format!(
            "nothing answers at {url}, which AWS_ENDPOINT_URL or the profile names: start it, such as by \"cargo run -- serve\", or \
             unset AWS_ENDPOINT_URL"
        ),
        (CallCause::ConnectionFailure | CallCause::Timeout, None) => {
            "AWS cannot be reached: check the network, and HTTPS_PROXY and AWS_CA_BUNDLE where there is a proxy"
                .to_owned()
        }
        _ => "AWS does not accept the credentials: set AWS_PROFILE, or sign in again with \"aws sso login\"".to_owned(),
    };
    format!("{error}. {hint}").into()
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

impl Organization {
    /// Reads it. Any of its accounts may ask; `config` is of the home Region.
    ///
    /// # Errors
    /// The call's error.
    pub(crate) async fn read(config: &SdkConfig) -> Result<Self, CallError> {
        const OPERATION: &str = "DescribeOrganization";
        let client = aws_sdk_organizations::Client::new(config);
        let answer = client.describe_organization().send().await.map_err(CallError::of(OPERATION))?;
        let read = || {
            let organization = answer.organization()?;
            Some(Self {
                id: organization.id()?.to_owned(),
                management: organization.master_account_id()?.parse().ok()?,
                all_features: organization.feature_set()?.as_str() == "ALL",
            })
        };
        read().ok_or_else(|| CallError::incomplete_answer(OPERATION, "the organization came without id or account"))
    }
}
