//! What each operation of each service does.

pub(crate) mod account;
pub(crate) mod cloudformation;
pub(crate) mod cloudtrail;
pub(crate) mod detective;
pub(crate) mod events;
pub(crate) mod iam;
pub(crate) mod lambda;
pub(crate) mod logs;
pub(crate) mod organizations;
pub(crate) mod registry;
pub(crate) mod s3;
pub(crate) mod scheduler;
pub(crate) mod sns;
pub(crate) mod sqs;
pub(crate) mod ssm;
pub(crate) mod sts;
pub(crate) mod transitions;
