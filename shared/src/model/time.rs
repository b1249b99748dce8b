//! Times, as AWS writes them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A time as AWS writes it, such as `2026-01-05T09:00:00Z`.
pub fn format_time(time: DateTime) -> String {
    time.fmt(Format::DateTime).unwrap_or_else(|_| time.secs().to_string())
}

/// Reads a time as AWS writes it; `None` for anything else.
pub fn parse_time(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, Format::DateTime).ok()
}
