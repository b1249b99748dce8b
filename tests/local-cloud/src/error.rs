//! What can go wrong before anything runs.

use crate::pattern::PatternError;
use crate::schedule::ScheduleError;
use crate::template::TemplateError;

/// Why a stack cannot be deployed, or the local cloud cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template is wrong, or uses something that is not understood here.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A rule's event pattern is wrong.
    #[error("{place}: {source}")]
    Pattern {
        /// Where in the template.
        place: String,
        /// What is wrong with it.
        source: PatternError,
    },
    /// A schedule expression is wrong.
    #[error("{place}: {source}")]
    Schedule {
        /// Where in the template.
        place: String,
        /// What is wrong with it.
        source: ScheduleError,
    },
    /// AWS refuses the stack.
    #[error("AWS refuses the stack: {0}")]
    Refused(String),
    /// The functions could not be built.
    #[error("building the functions: {0}")]
    Build(String),
    /// A file could not be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The emulator could not be started.
    #[error("starting the emulated cloud: {0}")]
    Io(#[from] std::io::Error),
}
