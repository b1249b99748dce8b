//! How many accounts would end in which way.

use serde::Serialize;

use super::collected::{Change, Ending};

/// How many accounts would end in which way, over some Regions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Totals {
    pub(super) add: usize,
    pub(super) start: usize,
    pub(super) reinvite: usize,
    pub(super) remove: usize,
    pub(super) failed: usize,
    /// Blocked because the graph has no place for them.
    pub(super) without_place: usize,
    /// Blocked for another reason: they need a person.
    pub(super) blocked: usize,
    /// They need time.
    pub(super) waiting: usize,
    /// They need nobody.
    pub(super) excluded: usize,
    /// The same because the policy leaves them out.
    pub(super) out_of_scope: usize,
    /// As they should be.
    pub(super) done: usize,
}

impl Totals {
    pub(super) fn of<'a>(endings: impl Iterator<Item = &'a Ending>) -> Self {
        let mut totals = Self::default();
        for Ending { outcome, change, reason, .. } in endings {
            *match (change, *outcome, reason.as_str()) {
                (Some(Change::Add), ..) => &mut totals.add,
                (Some(Change::Start), ..) => &mut totals.start,
                (Some(Change::Reinvite), ..) => &mut totals.reinvite,
                (Some(Change::Remove), ..) => &mut totals.remove,
                (None, "blocked", "graph-quota") => &mut totals.without_place,
                (None, "blocked", _) => &mut totals.blocked,
                (None, "waiting", _) => &mut totals.waiting,
                (None, "excluded", "out-of-scope") => &mut totals.out_of_scope,
                (None, "excluded", _) => &mut totals.excluded,
                (None, "failed", _) => &mut totals.failed,
                // The graph's administrator, which cannot be a member, is as it should be.
                _ => &mut totals.done,
            } += 1;
        }
        totals
    }

    /// How many accounts would be changed.
    pub(super) fn changes(&self) -> usize {
        self.add + self.start + self.reinvite + self.remove
    }

    /// As a sentence without its end. What people look for first is named also if it is nothing.
    pub(super) fn text(&self) -> String {
        let always = [(self.add, "to add"), (self.start, "to start"), (self.remove, "to remove")];
        let else_named = [
            (self.reinvite, "to invite again"),
            (self.failed, "failed"),
            (self.without_place, "without a place"),
            (self.blocked, "blocked"),
            (self.waiting, "waiting"),
            (self.excluded, "excluded"),
            (self.out_of_scope, "left out by the policy"),
            (self.done, "as they should be"),
        ];
        let named = always.into_iter().chain(else_named.into_iter().filter(|(count, _)| *count > 0));
        named.map(|(count, what)| format!("{} {what}", grouped(count))).collect::<Vec<_>>().join(", ")
    }
}

/// A number with commas between its thousands.
pub(super) fn grouped(number: usize) -> String {
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

#[test]
fn thousands_are_separated() {
    for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
        assert_eq!(grouped(number), text);
    }
}
