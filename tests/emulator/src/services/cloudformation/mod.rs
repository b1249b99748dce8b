//! AWS CloudFormation: what is deployed.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html>

pub(crate) mod service;
mod stacks;
