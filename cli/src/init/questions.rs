//! Questions to whoever sits at the terminal.

use std::io::{BufRead, Write};

use crate::failure::Failure;

/// Asks, or takes the defaults.
pub(super) struct Questions<'a> {
    /// Where answers come from; nowhere with `--yes`.
    pub(super) input: Option<&'a mut dyn BufRead>,
}

impl Questions<'_> {
    /// An answer that `parse` takes: that of the flag, or that of a question until it is one. An empty answer takes the default, the
    /// text that is shown beside the question.
    ///
    /// # Errors
    /// The flag's value is wrong, or there is neither an answer nor a default.
    pub(super) fn answer<T>(
        &mut self,
        question: &str,
        flag: &str,
        given: Option<&str>,
        default: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        if let Some(given) = given {
            return parse(given).map_err(|error| format!("{flag}: {error}").into());
        }
        let missing = || -> Failure { format!("{question}: give it with {flag}").into() };
        let Some(input) = &mut self.input else {
            return parse(default.ok_or_else(missing)?).map_err(|error| format!("{flag}: {error}").into());
        };
        loop {
            let shown = default.map_or_else(String::new, |default| match default {
                "" => " [nothing]".to_owned(),
                default => format!(" [{default}]"),
            });
            anstream::eprint!("{question}{shown}: ");
            std::io::stderr().flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                anstream::eprintln!();
                return Err(missing());
            }
            let answer = match (line.trim(), default) {
                ("", Some(default)) => default,
                (answer, _) => answer,
            };
            match parse(answer) {
                Ok(answer) => return Ok(answer),
                Err(error) => anstream::eprintln!("  {error}"),
            }
        }
    }
}

/// Yes or no.
///
/// # Errors
/// It is neither: a sentence.
pub(super) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "true" => Ok(true),
        "n" | "no" | "false" => Ok(false),
        other => Err(format!("{other:?} is neither yes nor no")),
    }
}
