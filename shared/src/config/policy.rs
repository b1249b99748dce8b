//! Where the coverage policy comes from.

use std::borrow::Cow;

use aws_config::SdkConfig;

use crate::aws::ssm;
use crate::environment::{ConfigError, Environment};
use crate::error::Failure;
use crate::model::policy::{InvalidPolicy, Policy};

/// A policy that is fixed, or one that every run reads anew.
#[derive(Debug, Clone)]
pub enum PolicySource {
    /// The policy.
    Fixed(Policy),
    /// The name of the Systems Manager parameter that holds it.
    Parameter(String),
}

/// Reads `COVERAGE_POLICY`, or the name of a parameter from `COVERAGE_POLICY_PARAMETER`.
///
/// # Errors
/// The policy is wrong, or both are set.
pub fn policy_source(environment: &Environment<'_>) -> Result<PolicySource, ConfigError> {
    const PARAMETER: &str = "COVERAGE_POLICY_PARAMETER";
    let fixed = policy(environment)?;
    match environment.text(PARAMETER) {
        None => Ok(PolicySource::Fixed(fixed)),
        Some(_) if environment.text("COVERAGE_POLICY").is_some() => {
            Err(ConfigError::new(PARAMETER, "is set beside COVERAGE_POLICY", "nothing, or leave COVERAGE_POLICY empty"))
        }
        Some(name) => Ok(PolicySource::Parameter(name)),
    }
}

impl PolicySource {
    /// The policy as it is now.
    ///
    /// # Errors
    /// The parameter cannot be read, or `InvalidPolicy` with what is wrong in it: then nothing may be changed.
    pub async fn read(&self, config: &SdkConfig) -> Result<Cow<'_, Policy>, Failure> {
        match self {
            Self::Fixed(policy) => Ok(Cow::Borrowed(policy)),
            Self::Parameter(name) => {
                let text = ssm::get_parameter(config, name).await?;
                let invalid = |error: InvalidPolicy| Failure::InvalidPolicy {
                    parameter: name.clone(),
                    problem: error.to_string(),
                };
                let policy = text.parse().map_err(invalid)?;
                Ok(Cow::Owned(policy))
            }
        }
    }
}

/// Which accounts are in scope (`COVERAGE_POLICY`); all, if it is missing.
fn policy(environment: &Environment<'_>) -> Result<Policy, ConfigError> {
    let Some(text) = environment.text("COVERAGE_POLICY") else { return Ok(Policy::default()) };
    text.parse().map_err(|error: InvalidPolicy| {
        let expected = "a JSON object with include, exclude and priority, or leave it empty to cover every account";
        ConfigError::new("COVERAGE_POLICY", format!("is not a valid policy ({error})"), expected)
    })
}
