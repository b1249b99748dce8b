//! CSV that a spreadsheet keeps as it is: no cell is a formula, and no account id is a number.
//!
//! Names are chosen by whoever owns an account, and whoever administers Detective opens the file:
//! <https://owasp.org/www-community/attacks/CSV_Injection>

use std::borrow::Cow;

use detective_onboarding::model::account::AccountId;

/// The type of such a file.
pub(super) const CSV: &str = "text/csv; charset=utf-8";

/// Without it, Excel takes the file for one in the computer's own code page.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A file under construction. Its first column has account ids.
pub(super) struct Spreadsheet(csv::Writer<Vec<u8>>);

impl Spreadsheet {
    /// A file that begins with the heads of its columns.
    pub(super) fn new(heads: &[&str]) -> Self {
        let mut writer = csv::Writer::from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
        // Memory takes whatever is written to it.
        let _ = writer.write_record(heads);
        Self(writer)
    }

    /// Adds a row: an account, and a cell for each other column.
    pub(super) fn row<const N: usize>(&mut self, id: AccountId, cells: [&str; N]) {
        self.cells(std::iter::once(account(id).as_str()).chain(cells));
    }

    fn cells<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        for cell in cells {
            let _ = self.0.write_field(harmless(cell).as_bytes());
        }
        let _ = self.0.write_record(None::<&[u8]>);
    }

    /// The whole file.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

/// An account id as AWS's console shows it, such as `0123-4567-8901`. A spreadsheet takes twelve digits for a number: it drops zeros
/// at the beginning, and shows the rest as 1.23E+11.
fn account(id: AccountId) -> String {
    let digits = id.to_string();
    let [first, second, third] = [0, 4, 8].map(|start| digits.get(start..start + 4).unwrap_or_default());
    format!("{first}-{second}-{third}")
}

/// A text that no spreadsheet takes for a formula, whatever separates its cells: an apostrophe stands before each character that
/// would begin one. Control characters are spaces.
fn harmless(text: &str) -> Cow<'_, str> {
    let mut harmless = String::new();
    // Where a spreadsheet may begin a cell: a file with commas may be opened as one with semicolons.
    let mut begins = true;
    for character in text.chars() {
        if begins && begins_formula(character) {
            harmless.push('\'');
        }
        begins = match character {
            ',' | ';' | '|' | '"' | '\'' => true,
            character if character.is_control() => true,
            character => begins && is_blank(character),
        };
        harmless.push(if character.is_control() { ' ' } else { character });
    }
    if harmless == text { Cow::Borrowed(text) } else { Cow::Owned(harmless) }
}

/// Whether a formula begins with it: in Japanese and Chinese, also its full-width and small forms.
fn begins_formula(character: char) -> bool {
    matches!(
        character,
        '=' | '+'
            | '-'
            | '@'
            | '\u{ff1d}'
            | '\u{ff0b}'
            | '\u{ff0d}'
            | '\u{ff20}'
            | '\u{fe66}'
            | '\u{fe62}'
            | '\u{fe63}'
            | '\u{fe6b}'
            | '\u{2212}'
    )
}

/// Whether it is not seen, so that what follows may begin the cell.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(rows: &[Vec<String>]) -> Vec<u8> {
        let mut file = Spreadsheet::new(&["one", "two", "three"]);
        rows.iter().for_each(|row| file.cells(row.iter().map(String::as_str)));
        file.finish()
    }

    /// The cells that a spreadsheet makes of a file if this separates them.
    fn cells(file: &[u8], delimiter: u8) -> Vec<Vec<String>> {
        let text = std::str::from_utf8(file).unwrap().strip_prefix(BYTE_ORDER_MARK).expect("a byte order mark");
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn is_formula(cell: &str) -> bool {
        let cell = cell
            .trim_start_matches(|character: char| is_blank(character) || character.is_control() || character == '"');
        cell.starts_with(begins_formula) || cell.starts_with(['\t', '\r'])
    }

    fn name() -> impl Strategy<Value = String> {
        let odd = proptest::sample::select(vec![
            "=",
            "+",
            "-",
            "@",
            "\t",
            "\r",
            "\n",
            ",",
            ";",
            "|",
            "\"",
            "'",
            " ",
            "\u{ff1d}",
            "\u{ff0b}",
            "\u{ff0d}",
            "\u{ff20}",
            "\u{2212}",
            "\u{feff}",
            "\u{200b}",
            "\u{a0}",
            "cmd|' /C calc'!A0",
            "HYPERLINK(\"https://example.com\")",
            "a",
            "é",
            "1",
        ]);
        prop_oneof![proptest::collection::vec(odd, 0..8).prop_map(|parts| parts.concat()), ".{0,12}"]
    }

    proptest! {
        #[test]
        fn no_cell_is_a_formula_and_each_is_in_its_place(
            rows in proptest::collection::vec(proptest::collection::vec(name(), 3), 1..5),
        ) {
            let file = file(&rows);
            for delimiter in [b',', b';', b'\t', b'|'] {
                for cell in cells(&file, delimiter).concat() {
                    prop_assert!(!is_formula(&cell), "{cell:?} with {:?}", delimiter as char);
                }
            }
            let read = cells(&file, b',');
            prop_assert_eq!(read.len(), rows.len());
            for (cells, names) in read.iter().zip(&rows) {
                // Nothing is lost but what is not seen.
                let plain = |text: &str| text.replace('\'', "").replace(|character: char| character.is_control(), " ");
                let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
                let cells: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
                prop_assert_eq!(cells, names);
            }
        }
    }

    #[test]
    fn usual_names_and_ids_are_as_they_are() {
        for name in
            ["app", "Workloads/Prod", "a-b", "root+test", "Zoë & Co. (EU)", "O'Neill", "2026-01-05T09:00:00Z", "x = y"]
        {
            assert_eq!(harmless(name), name);
        }
        for begin in "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}\u{fe66}\u{fe62}\u{fe63}\u{fe6b}\u{2212}".chars() {
            assert_eq!(harmless(&format!("{begin}1")), format!("'{begin}1"));
            for before in [",", ";", "|", "\"", "'", " ", "\u{a0}", "\u{feff}", "\u{200e}", "\u{2060}"] {
                assert_eq!(harmless(&format!("{before}{begin}1")), format!("{before}'{begin}1"));
            }
        }
        assert_eq!(harmless("a\t=1\r\n=2"), "a '=1  '=2");
        assert_eq!(harmless("x;\u{200b}=1"), "x;\u{200b}'=1");
        assert_eq!(account("000000000012".parse().unwrap()), "0000-0000-0012");
    }
}
