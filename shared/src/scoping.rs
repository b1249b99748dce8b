//! Where the coverage policy comes from.

use std::borrow::Cow;

use aws_config::SdkConfig;

use crate::config::{self, ConfigError, Environment};
use crate::error::CallError;
use crate::policy::Policy;
use crate::storage;

/// A policy that is fixed, or one that every run reads anew.
#[derive(Debug, Clone)]
pub enum PolicySource {
    /// The policy.
    Fixed(Policy),
    /// The name of the Systems Manager parameter that holds it.
    Parameter(String),
}

impl PolicySource {
    /// Reads `COVERAGE_POLICY`, or the name of a parameter from `COVERAGE_POLICY_PARAMETER`.
    ///
    /// # Errors
    /// The policy is wrong, or both are set.
    pub fn new(environment: &Environment<'_>) -> Result<Self, ConfigError> {
        const PARAMETER: &str = "COVERAGE_POLICY_PARAMETER";
        let fixed = config::policy(environment)?;
        match environment.text(PARAMETER) {
            None => Ok(Self::Fixed(fixed)),
            Some(_) if environment.text("COVERAGE_POLICY").is_some() => Err(ConfigError::new(
                PARAMETER,
                "is set beside COVERAGE_POLICY",
                "nothing, or leave COVERAGE_POLICY empty",
            )),
            Some(name) => Ok(Self::Parameter(name)),
        }
    }

    /// The policy as it is now.
    ///
    /// # Errors
    /// The parameter cannot be read, or `InvalidPolicy` with what is wrong in it: then nothing may be changed.
    pub async fn read(&self, config: &SdkConfig) -> Result<Cow<'_, Policy>, CallError> {
        match self {
            Self::Fixed(policy) => Ok(Cow::Borrowed(policy)),
            Self::Parameter(name) => {
                let text = storage::get_parameter(config, name).await?;
                let policy = text.parse().map_err(|error| {
                    let message = format!(
                        "the parameter {name} holds no policy ({error}): make it a JSON object with include, exclude and priority"
                    );
                    CallError::new("GetParameter", "InvalidPolicy", &message)
                })?;
                Ok(Cow::Owned(policy))
            }
        }
    }
}
