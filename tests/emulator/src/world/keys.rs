//! What the use of something requires that is encrypted with a customer's key of AWS KMS.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>

use crate::world::state::State;

/// An action on a key, by a service for its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The action, such as `kms:Decrypt`.
    pub action: &'static str,
    /// The key's ARN.
    pub key: String,
    /// Through which service: the condition key `kms:ViaService`.
    pub via: String,
}

/// What an action on a resource requires of its key. The policy of the key is taken to leave it to the account's own policies.
pub(crate) fn required(state: &State, action: &str, resource: &str) -> Vec<KeyUse> {
    let actions: &[&'static str] = match action {
        "sqs:SendMessage" | "sns:Publish" => &["kms:GenerateDataKey", "kms:Decrypt"],
        "sqs:ReceiveMessage" | "s3:GetObject" => &["kms:Decrypt"],
        "s3:PutObject" => &["kms:GenerateDataKey"],
        _ => return Vec::new(),
    };
    // The key of an object is its bucket's.
    let holder = resource.split('/').next().unwrap_or_default();
    let Some(key) = state.stacks.keys.get(holder) else { return Vec::new() };
    let (service, _) = action.split_once(':').unwrap_or_default();
    let region = key.split(':').nth(3).unwrap_or_default();
    let via = format!("{service}.{region}.amazonaws.com");
    actions.iter().map(|action| KeyUse { action, key: key.clone(), via: via.clone() }).collect()
}
