//! Calls to AWS Lambda.

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;

use crate::aws::signed_call::{Call, Service, call, endpoint};
use crate::error::CallError;

const LAMBDA: Service = Service { id: "Lambda", signing_name: "lambda", signing_options: SigningOptions::default };

/// Lambda's quota of concurrent executions, of an account in a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// How many executions all functions may have at once.
    pub limit: u64,
    /// How many of them are not reserved for a function.
    pub unreserved: u64,
}

/// Reads the quota of the caller's account, in the Region of the settings.
///
/// # Errors
/// The call's error, or `IncompleteAnswer`.
pub async fn concurrency(config: &SdkConfig) -> Result<Concurrency, CallError> {
    const OPERATION: &str = "GetAccountSettings";
    let endpoint = endpoint(config, &LAMBDA, OPERATION)?.url("lambda");
    let path = "/2016-08-19/account-settings".to_owned();
    let get = Call { operation: OPERATION, method: "GET", endpoint, path, headers: Vec::new(), body: Vec::new() };
    let answer: serde_json::Value = serde_json::from_slice(&call(config, &LAMBDA, get).await?.body).unwrap_or_default();
    let limit = &answer["AccountLimit"];
    let read = || {
        let (limit, unreserved) = (&limit["ConcurrentExecutions"], &limit["UnreservedConcurrentExecutions"]);
        Some(Concurrency { limit: limit.as_u64()?, unreserved: unreserved.as_u64()? })
    };
    read().ok_or_else(|| CallError::incomplete_answer(OPERATION, "Lambda answered without the account's quota"))
}
