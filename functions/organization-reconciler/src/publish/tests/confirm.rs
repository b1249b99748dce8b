//! What is remembered of a Region beside what the coverage page states of it.

use detective_onboarding::aws::history_store::{Remembered, StoredHistory};
use detective_onboarding::aws::s3::Existing;
use detective_onboarding::plan::needs::Needs;

use super::super::confirm::compare;
use super::super::page::{Kept, Note, RegionPart, RegionSummary, State};
use super::*;

const REGION: &str = "eu-west-1";

/// A page with a covered account and another one, which states that the run left a document of this tag.
fn kept(state: Option<&str>) -> Kept {
    let (region, graph_arn) = (REGION.to_owned(), String::new());
    let (time, runs) = ("2026-01-05T08:00:00Z".to_owned(), Vec::new());
    let summary =
        RegionSummary { region, time, dry_run: false, graph_arn, in_scope: 2, enabled: 1, percent: 50.0, runs };
    let state_of = |(number, status): (u64, &'static str)| {
        let [outcome, action, reason, message] = [const { std::borrow::Cow::Borrowed("") }; 4];
        (id(number), State { status: status.into(), outcome, action, reason, message, needs: Needs::Nobody })
    };
    let part = RegionPart::new(summary, [(2, "ENABLED"), (3, "INVITED")].into_iter().map(state_of));
    let note = state.map(|state| (REGION.to_owned(), Note { state: Some(state.to_owned()), told: Some(7) }));
    Kept { parts: [(REGION.to_owned(), part)].into(), notes: note.into_iter().collect(), has_notes: state.is_some() }
}

/// A history with another covered account.
fn known() -> History {
    let mut known = history();
    known.published.as_mut().unwrap().covered = [id(4)].into();
    known
}

#[test]
fn what_is_not_what_the_last_run_left_is_doubted_and_who_was_covered_by_either_was_covered() {
    let unpublished = History { published: None, ..history() };
    let lost = || Remembered::Lost("it is empty".to_owned());
    let tagged = |tag: &str| Existing::Tagged(tag.to_owned());
    let region = REGION.parse().unwrap();
    for (remembered, existing, kept, is_doubted, covered) in [
        (Remembered::Known(known().into()), tagged("a"), kept(Some("a")), false, vec![4]),
        (Remembered::Known(known().into()), tagged("b"), kept(Some("a")), true, vec![2, 4]),
        (Remembered::Known(unpublished.clone().into()), tagged("b"), kept(Some("a")), true, vec![2]),
        (Remembered::Known(unpublished.into()), tagged("a"), kept(Some("a")), false, vec![2]),
        // An earlier version left it, or S3 gave it no tag.
        (Remembered::Known(known().into()), tagged("b"), kept(None), false, vec![4]),
        (Remembered::Known(known().into()), tagged("b"), Kept::default(), false, vec![4]),
        (Remembered::Known(known().into()), Existing::Any, kept(Some("a")), false, vec![4]),
        (lost(), tagged("b"), kept(Some("a")), false, vec![2]),
        (Remembered::FirstRun, Existing::None, kept(Some("a")), true, vec![2]),
        (Remembered::FirstRun, Existing::None, Kept::default(), false, vec![]),
    ] {
        let what = format!("{remembered:?} {existing:?}");
        let mut stored = StoredHistory::new(remembered, existing);
        compare(&mut stored, &region, Some(&kept), DateTime::from_secs(NOW));
        assert_eq!(stored.doubt.is_some(), is_doubted, "{what}");
        assert_eq!(stored.covered, covered.into_iter().map(id).collect(), "{what}");
    }
}

#[test]
fn where_it_contradicts_nothing_only_grace_periods_begin_anew() {
    let region = REGION.parse().unwrap();
    let mut left = history();
    left.published.as_mut().unwrap().covered = [id(2), id(4)].into();
    (left.out_of_scope, left.of_organization) = ([(id(5), 1)].into(), [id(6)].into());
    let no_note = Kept { notes: Default::default(), ..kept(Some("a")) };
    for (page, is_postponed) in [
        (Some(kept(Some("b"))), false),
        (Some(kept(None)), false),
        (Some(kept(Some("a"))), true),
        (Some(no_note), true),
        (None, true),
    ] {
        let mut stored = StoredHistory::new(Remembered::Known(left.clone().into()), Existing::Tagged("b".to_owned()));
        compare(&mut stored, &region, page.as_ref(), DateTime::from_secs(NOW));
        assert_eq!((&stored.doubt, &stored.covered), (&None, &[id(2), id(4)].into()), "{page:?}");
        let expected = match is_postponed {
            true => History { out_of_scope: [(id(5), NOW)].into(), of_organization: [].into(), ..left.clone() },
            false => left.clone(),
        };
        assert_eq!(stored.remembered.history(), Some(&expected), "{page:?}");
    }
}
