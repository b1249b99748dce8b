//! AWS CloudTrail: reading trails. The events about Organizations are made in `organizations`.

pub(crate) mod service;
mod trails;
