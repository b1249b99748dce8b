//! Times, as AWS writes them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A time as AWS writes it, such as `2026-01-05T09:00:00Z`.
pub fn format_time(time: DateTime) -> String {
    time.fmt(Format::DateTime).unwrap_or_else(|_| time.secs().to_string())
}

/// Reads a time as AWS writes it, or with the offset of a time zone; `None` for anything else. Without a zone it is taken as
/// UTC, which all of AWS's times are.
pub fn parse_time(text: &str) -> Option<DateTime> {
    let parse = |text: &str| DateTime::from_str(text, Format::DateTimeWithOffset).ok();
    parse(text).or_else(|| parse(&format!("{text}Z")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_zone_or_is_utc() {
        for text in
            ["2026-01-05T09:00:27Z", "2026-01-05T09:00:27", "2026-01-05T09:00:27.000000", "2026-01-05T10:00:27+01:00"]
        {
            assert_eq!(parse_time(text).map(format_time).as_deref(), Some("2026-01-05T09:00:27Z"), "{text}");
        }
        for text in ["", "Z", "yesterday", "2026-01-05", "2026-01-05T09:00:27Europe/Paris", "1780000000"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
