//! AWS service models: which operation a request is for, whether its input is valid, and whether an answer is.

pub(crate) mod definition;
pub(crate) mod reading;
pub(crate) mod routing;
pub(crate) mod validation;
pub(crate) mod violation;
