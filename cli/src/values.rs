//! Values of the command line.

use detective_onboarding::model::account::{AccountId, InvalidAccountId};
use detective_onboarding::model::region::{InvalidRegion, Region};

/// An account id.
///
/// # Errors
/// It is none: a sentence.
pub(crate) fn account(text: &str) -> Result<AccountId, String> {
    text.trim().parse().map_err(|error: InvalidAccountId| error.to_string())
}

/// A Region.
///
/// # Errors
/// It is none: a sentence.
pub(crate) fn region(text: &str) -> Result<Region, String> {
    text.trim().parse().map_err(|error: InvalidRegion| error.to_string())
}

/// Regions as DetectiveRegions has them: `all`, or codes between commas.
///
/// # Errors
/// One is none: a sentence.
pub(crate) fn regions(text: &str) -> Result<String, String> {
    if text.trim() == "all" {
        return Ok("all".to_owned());
    }
    let codes: Result<Vec<String>, String> =
        text.split(',').map(|code| region(code).map(|code| code.to_string())).collect();
    Ok(codes?.join(","))
}
