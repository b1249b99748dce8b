//! Medians, and figures as people read them.

use std::time::Duration;

/// The median; of an even number of values, the higher of the two in the middle.
pub(crate) fn median<T: Copy + PartialOrd>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    sorted.get(sorted.len() / 2).copied()
}

/// The median of durations in seconds; nothing measured is no duration.
pub(crate) fn seconds(values: &[Duration]) -> f64 {
    median(values).unwrap_or_default().as_secs_f64()
}

/// Three digits that count: `0.43 ms`, `7.43 ms`, `743 ms`, `1.20 s`, `240 s`.
pub(crate) fn time(seconds: f64) -> String {
    let (value, unit) = if seconds < 1.0 { (seconds * 1000.0, "ms") } else { (seconds, "s") };
    let digits = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

/// `1,234,567`.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as megabytes.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

/// A ratio: `1.07×`, `86×`.
pub(crate) fn ratio(of: f64, to: f64) -> String {
    let ratio = of / to;
    if ratio < 9.95 { format!("{ratio:.2}×") } else { format!("{ratio:.0}×") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4, 1, 3, 2]), Some(3));
        assert_eq!(median::<u32>(&[]), None);
    }

    #[test]
    fn times_have_three_digits_that_count() {
        assert_eq!(
            [0.000_43, 0.007_43, 0.743, 1.2, 240.2].map(time),
            ["0.43 ms", "7.43 ms", "743 ms", "1.20 s", "240 s"]
        );
        assert_eq!(time(0.099_96), "100 ms");
    }

    #[test]
    fn counts_have_commas_by_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
