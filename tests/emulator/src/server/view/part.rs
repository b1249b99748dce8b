//! A part of the view, and which of its changes was the last.

/// A part of the view, and the version of the view in which it changed last.
#[derive(Debug, Default)]
pub(super) struct Part<T> {
    pub(super) value: T,
    pub(super) version: u64,
}

impl<T: PartialEq> Part<T> {
    pub(super) fn new(value: T, version: u64) -> Self {
        Self { value, version }
    }

    /// Gives it a value. Whether that is another one.
    pub(super) fn set(&mut self, value: T, version: u64) -> bool {
        let changed = self.value != value;
        if changed {
            *self = Self::new(value, version);
        }
        changed
    }
}

/// The parts that are newer than a version, each with its place.
pub(super) fn newer<T>(parts: &[Part<T>], since: u64) -> impl Iterator<Item = (usize, &T)> {
    parts.iter().enumerate().filter(move |(_, part)| part.version > since).map(|(place, part)| (place, &part.value))
}
