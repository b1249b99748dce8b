//! Why a command could not be carried out.

/// An error that ends a command; its text is one sentence for people.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// What is wrong with what the command was given; with the sentence. It exits with 2, as for arguments that are not understood.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
