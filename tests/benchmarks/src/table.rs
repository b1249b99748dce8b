//! Tables in Markdown.

/// A table with a heading. The first column is text, the others are figures.
pub(crate) fn markdown<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&heading);
    text.push_str(&format!("|---|{}\n", "---:|".repeat(N - 1)));
    for row in rows {
        text.push_str(&line(&row.each_ref().map(String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn figures_are_to_the_right() {
        let rows = [["baseline".to_owned(), "3 ms".to_owned()]];
        let expected = "| Function | Time |\n|---|---:|\n| baseline | 3 ms |\n";
        assert_eq!(super::markdown(["Function", "Time"], &rows), expected);
    }
}
