//! Regions.

/// Regions that every account has.
pub(crate) const ALWAYS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Regions that an account switches on. Here they are on by default; at AWS they are off.
pub(crate) const OPT_IN: [&str; 16] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// The Regions of GovCloud, which has accounts of its own.
const GOVCLOUD: [&str; 2] = ["us-gov-east-1", "us-gov-west-1"];

/// Whether there is a Region of that code.
pub(crate) fn is_known(region: &str) -> bool {
    ALWAYS.contains(&region) || OPT_IN.contains(&region) || is_govcloud(region)
}

/// Whether a Region is one of GovCloud's.
pub(crate) fn is_govcloud(region: &str) -> bool {
    GOVCLOUD.contains(&region)
}

/// Whether a Region can be switched off.
pub(crate) fn can_be_off(region: &str) -> bool {
    OPT_IN.contains(&region)
}

/// An ARN of the usual partition as another one has it.
pub(crate) fn in_partition(arn: &str, partition: &str) -> String {
    match arn.strip_prefix("arn:aws:") {
        Some(rest) => format!("arn:{partition}:{rest}"),
        None => arn.to_owned(),
    }
}

/// The partition that a Region is in.
pub(crate) fn partition(region: &str) -> &'static str {
    if is_govcloud(region) { "aws-us-gov" } else { "aws" }
}
