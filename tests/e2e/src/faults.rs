//! Faults that many tests inject.

use detective_emulator::{Effect, ErrorEffect, Fault};

/// An AWS error of that code, with the status that the operation's model gives it.
pub fn aws_error(code: &str) -> ErrorEffect {
    ErrorEffect { code: code.to_owned(), status: None, message: None }
}

/// Every call of the operation is denied.
pub fn denied(operation: &str) -> Fault {
    Fault::on(operation, Effect::Error(aws_error("AccessDeniedException")))
}
