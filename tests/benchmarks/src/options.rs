//! The arguments of the command line: which parts are measured, and how.

use std::path::PathBuf;

/// A part of the benchmarks, in the order of docs/benchmarks.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Startup,
    Coverage,
    Storm,
    Pacing,
    Scale,
    Emulator,
}

impl Part {
    pub(crate) const ALL: [Self; 6] =
        [Self::Startup, Self::Coverage, Self::Storm, Self::Pacing, Self::Scale, Self::Emulator];

    /// The part's heading in docs/benchmarks.md.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Startup => "Cold start, warm invocation, memory, package",
            Self::Coverage => "Time to coverage under a rate limit",
            Self::Storm => "Many accounts at once",
            Self::Pacing => "Pacing beside the SDK's adaptive mode",
            Self::Scale => "Reconciling large organizations",
            Self::Emulator => "The emulator",
        }
    }

    /// The arguments that select the part.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Startup => &["cold", "warm", "memory", "package", "startup"],
            Self::Coverage => &["coverage"],
            Self::Storm => &["storm"],
            Self::Pacing => &["pacing"],
            Self::Scale => &["scale"],
            Self::Emulator => &["emulator"],
        }
    }
}

/// The parsed arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) parts: Vec<Part>,
    /// Few runs and small cases, as a test of the benchmarks. docs/benchmarks.md is not written.
    pub(crate) quick: bool,
    /// A folder with binaries of another build, which are measured in turns with this one's. docs/benchmarks.md is not written.
    pub(crate) against: Option<PathBuf>,
}

impl Options {
    /// Parses arguments. The error is a message for the user.
    pub(crate) fn of(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut named, mut quick, mut against) = (Vec::new(), false, None);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => quick = true,
                "--against" => against = Some(arguments.next().ok_or("--against needs a folder")?.into()),
                // Cargo passes this to every benchmark.
                "--bench" => {}
                word => match Part::ALL.into_iter().find(|part| part.words().contains(&word)) {
                    Some(part) => named.push(part),
                    None => {
                        return Err(format!(
                            "{word:?} is none of --quick, --against, cold, coverage, storm, pacing, scale and emulator"
                        ));
                    }
                },
            }
        }
        let parts = Part::ALL.into_iter().filter(|part| named.is_empty() || named.contains(part)).collect();
        Ok(Self { parts, quick, against })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Result<Options, String> {
        Options::of(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn without_arguments_everything_is_measured() {
        assert_eq!(of(&["--bench"]), Ok(Options { parts: Part::ALL.to_vec(), quick: false, against: None }));
    }

    #[test]
    fn parts_are_measured_in_the_order_of_the_page() {
        let expected = Options { parts: vec![Part::Startup, Part::Scale], quick: true, against: Some("before".into()) };
        assert_eq!(of(&["scale", "--quick", "cold", "--against", "before", "--bench"]), Ok(expected));
    }

    #[test]
    fn a_word_that_names_nothing_is_an_error() {
        assert!(of(&["colt"]).unwrap_err().contains("\"colt\" is none of"));
    }
}
