//! Changed copies of texts such as template.yaml. An edit that finds nothing to change panics: a test that meant to break
//! something must not pass with the text as it was.

/// The text with `from` replaced by `to`.
///
/// # Panics
/// The text does not contain `from` exactly once.
#[track_caller]
pub fn edit(text: &str, from: &str, to: &str) -> String {
    let count = text.matches(from).count();
    assert_eq!(count, 1, "an edit needs exactly one {from:?}");
    text.replacen(from, to, 1)
}

/// The text with each `from` replaced by `to`.
///
/// # Panics
/// The text does not contain `from`.
#[track_caller]
pub fn edit_all(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "an edit needs at least one {from:?}");
    text.replace(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_replaces_the_one_occurrence() {
        assert_eq!(edit("Memory: 128", "128", "256"), "Memory: 256");
        assert_eq!(edit("Memory: 128\n", "Memory: 128\n", ""), "");
    }

    #[test]
    fn an_edit_of_all_replaces_each_occurrence() {
        assert_eq!(edit_all("a, a, b", "a", "c"), "c, c, b");
    }

    #[test]
    #[should_panic(expected = "an edit needs exactly one \"Timeout\"")]
    fn an_edit_of_what_is_missing_panics() {
        edit("Memory: 128", "Timeout", "");
    }

    #[test]
    #[should_panic(expected = "an edit needs exactly one \"a\"")]
    fn an_edit_of_what_is_there_twice_panics() {
        edit("a, a", "a", "b");
    }

    #[test]
    #[should_panic(expected = "an edit needs at least one \"d\"")]
    fn an_edit_of_all_of_what_is_missing_panics() {
        edit_all("a, b", "d", "c");
    }
}
