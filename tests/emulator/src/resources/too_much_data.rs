//! Accounts whose data is too much for a behavior graph.

use schemars::JsonSchema;
use serde::Deserialize;

/// What becomes of an account in CreateMembers whose data would be too much for the graph. AWS's documents differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TooMuchData {
    /// It becomes a member that is ACCEPTED_BUT_DISABLED for VOLUME_TOO_HIGH, as the User Guide has it.
    #[default]
    IsDisabled,
    /// The call answers ServiceQuotaExceededException for all accounts that it names, as the API reference has it.
    IsRefused,
}
