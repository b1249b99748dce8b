//! Everything in template.yaml is broken, one by one. Nearly all of it is noticed by some check. `unnoticed.txt` has what nobody loses
//! anything by, each with the reason.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use end_to_end::template::template;

use super::mutants::{Mutant, mutants};
use super::{CHECKS, Seen, Template, reads};

/// How many of a hundred must be noticed.
const LEAST_PERCENT: f64 = 95.0;
/// A pattern of mutants, with `*` for anything, and the reason why they are not noticed.
const UNNOTICED: &str = include_str!("unnoticed.txt");

/// Which check notices a template, of which another one is known that is whole; `None` if none does. One that cannot be deployed, or
/// that a check cannot read, is noticed. The check that is likely to notice it comes first.
fn noticed(text: String, whole: &Template, section: &str, seen: &Seen, likely: &str) -> Option<&'static str> {
    let noticed = catch_unwind(AssertUnwindSafe(|| {
        let Ok(template) = Template::beside(text, Some(whole)) else { return Some("it cannot be deployed") };
        let (first, others): (Vec<_>, Vec<_>) = CHECKS.iter().partition(|(what, _)| *what == likely);
        let mut checks = first.into_iter().chain(others).filter(|(what, _)| reads(what, section));
        checks.find(|(_, check)| !check(&template, seen).is_empty()).map(|(what, _)| what)
    }));
    noticed.unwrap_or(Some("a check cannot read it"))
}

/// Whether a name is like a pattern.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let found = if parts.peek().is_none() {
            rest.ends_with(part).then(|| rest.len() - part.len())
        } else {
            rest.find(part)
        };
        let Some(start) = found else { return false };
        rest = &rest[start + part.len()..];
    }
    rest.is_empty()
}

/// The patterns of what is not noticed, with their reasons.
fn unnoticed() -> Vec<(&'static str, &'static str)> {
    let lines = UNNOTICED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(" | ").unwrap_or_else(|| panic!("{line} has no reason"))).collect()
}

/// Those of the mutants that no check notices, and how many each check was the first to notice.
fn survivors<'a>(mutants: &'a [Mutant], seen: &Seen) -> (Vec<&'a Mutant>, BTreeMap<&'static str, usize>) {
    let whole = Template::new(template()).unwrap();
    let (next, found) = (AtomicUsize::new(0), Mutex::new((Vec::new(), BTreeMap::new())));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                // Neighbours are mostly noticed by the same check.
                let mut likely = "";
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let text = mutant.apply(&whole.json).to_string();
                    let by = noticed(text, &whole, mutant.section(), seen, likely);
                    likely = by.unwrap_or(likely);
                    let mut found = found.lock().unwrap();
                    match by {
                        Some(check) => *found.1.entry(check).or_default() += 1,
                        None => found.0.push(mutant),
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// Those that are tried: all, or as many as MUTANTS_SAMPLE, spread over the template; of those whose path has one of MUTANTS, which are separated by commas. And whether they
/// are all that there are.
fn chosen() -> (Vec<Mutant>, bool) {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let wanted = variable("MUTANTS");
    let all = mutants(&local_cloud::template::parse(&template()).unwrap());
    let is_wanted = |mutant: &Mutant| wanted.split(',').any(|part| mutant.name.contains(part));
    let all: Vec<Mutant> = all.into_iter().filter(is_wanted).collect();
    let count = variable("MUTANTS_SAMPLE").parse().unwrap_or(all.len()).min(all.len());
    if count == all.len() {
        return (all, wanted.is_empty());
    }
    // A prime number apart, neighbours are not tried together.
    ((0..count).map(|number| all[number * 1009 % all.len()].clone()).collect(), false)
}

#[tokio::test]
#[ignore = "it takes minutes: `.ci/run mutants`"]
async fn whatever_is_broken_in_the_template_some_check_notices_it() {
    let (seen, (chosen, are_all)) = (Seen::get().await, chosen());
    let whole = Template::new(template()).unwrap();
    let wrong: Vec<&str> =
        CHECKS.iter().filter(|(_, check)| !check(&whole, seen).is_empty()).map(|(what, _)| *what).collect();
    assert_eq!(wrong, [""; 0], "the template itself");
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (survivors, by_check) = survivors(&chosen, seen);
    std::panic::set_hook(hook);

    let mut sections = BTreeMap::<&str, (usize, usize)>::new();
    chosen.iter().for_each(|mutant| sections.entry(mutant.section()).or_default().0 += 1);
    survivors.iter().for_each(|mutant| sections.entry(mutant.section()).or_default().1 += 1);
    for (section, (count, unnoticed)) in &sections {
        println!("{section}: {} of {count} noticed", count - unnoticed);
    }
    by_check.iter().for_each(|(check, count)| println!("  {count}: {check}"));
    let known = unnoticed();
    let is_known = |mutant: &&&Mutant| known.iter().any(|(pattern, _)| is_like(&mutant.name, pattern));
    let explained = survivors.iter().filter(is_known).count();
    survivors.iter().filter(|mutant| !is_known(mutant)).for_each(|mutant| println!("not noticed: {}", mutant.name));
    let (all, noticed) = (chosen.len(), chosen.len() - survivors.len());
    let percent = 100.0 * noticed as f64 / all.max(1) as f64;
    println!(
        "template: {noticed} of {all} mutants noticed ({percent:.1} %), {explained} more have their reason in unnoticed.txt"
    );
    assert!(percent >= LEAST_PERCENT, "{percent:.1} %");
    let is_noticed = |pattern: &&str| !survivors.iter().any(|mutant| is_like(&mutant.name, pattern));
    let stale: Vec<&str> = known.iter().map(|(pattern, _)| *pattern).filter(is_noticed).collect();
    assert!(!are_all || stale.is_empty(), "these are noticed: take them out of unnoticed.txt: {stale:#?}");
}

#[test]
fn each_pattern_of_what_is_not_noticed_has_a_reason_and_is_of_something_that_can_be_broken() {
    let all = mutants(&local_cloud::template::parse(&template()).unwrap());
    for (pattern, reason) in unnoticed() {
        assert!(reason.len() > 20, "{pattern}: {reason}");
        assert!(all.iter().any(|mutant| is_like(&mutant.name, pattern)), "nothing is like {pattern}: take it out");
    }
    assert!(
        is_like("Resources.A.Period: 30", "Resources.*.Period: 3*")
            && !is_like("Resources.A.Period: 40", "*.Period: 3*")
    );
    assert!(is_like("a", "a") && !is_like("ab", "a") && is_like("ab", "a*b") && !is_like("a", "a*a"));
}
