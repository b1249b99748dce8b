//! Finds files that import each other, directly or by way of others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::imports::{Imports, Names};

/// Describes the shortest cycle of each group of files that import each other, an import a line.
pub(crate) fn cycles(imports: &Imports) -> Vec<String> {
    let mut described = BTreeSet::new();
    let mut cycles = Vec::new();
    for file in imports.keys() {
        if described.contains(file) {
            continue;
        }
        let group: BTreeSet<_> = imports
            .keys()
            .filter(|other| path(imports, file, other).is_some() && path(imports, other, file).is_some())
            .collect();
        if let Some(cycle) = group.iter().filter_map(|file| path(imports, file, file)).min_by_key(Vec::len) {
            cycles.push(describe(imports, &cycle, group.len()));
        }
        described.extend(group.into_iter().cloned());
    }
    cycles
}

/// The shortest way from one file to another by at least one import, with both ends.
fn path<'a>(imports: &'a Imports, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut before = BTreeMap::<&str, &str>::new();
    let mut queue = VecDeque::from([from]);
    while let Some(file) = queue.pop_front() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == to {
                let mut way = vec![next.as_str(), file];
                while way.last() != Some(&from) {
                    way.push(before[way[way.len() - 1]]);
                }
                way.reverse();
                return Some(way);
            }
            if next != from && !before.contains_key(next.as_str()) {
                before.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

fn describe(imports: &Imports, cycle: &[&str], files: usize) -> String {
    let edges: Vec<_> =
        cycle.windows(2).map(|edge| describe_import(edge[0], edge[1], &imports[edge[0]][edge[1]])).collect();
    format!("{files} files import each other:\n  {}", edges.join("\n  "))
}

/// One import as a failure shows it: `a.rs -> b.rs: Name (line 3), other (line 7)`.
pub(crate) fn describe_import(from: &str, to: &str, names: &Names) -> String {
    let names: Vec<_> = names.iter().map(|(name, line)| format!("{name} (line {line})")).collect();
    format!("{from} -> {to}: {}", names.join(", "))
}

#[test]
fn files_that_import_each_other_are_found() {
    let imports = crate::reading::imports(&[
        ("lib.rs", "mod a; mod b; mod c; mod d; mod e; use a::A; use d::D;"),
        ("a.rs", "use crate::b::{B,\n b}; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B; pub fn b() {}"),
        ("c.rs", "use crate::{a::A, e::E}; pub struct C;"),
        ("d.rs", "use crate::e::E; pub struct D;"),
        ("e.rs", "use crate::d::D; pub struct E;"),
    ]);
    let imports = imports.unwrap();
    let first = "3 files import each other:\n  src/a.rs -> src/b.rs: B (line 1), b (line 2)\n  \
                 src/b.rs -> src/c.rs: C (line 1)\n  src/c.rs -> src/a.rs: A (line 1)";
    let second = "2 files import each other:\n  src/d.rs -> src/e.rs: E (line 1)\n  src/e.rs -> src/d.rs: D (line 1)";
    assert_eq!(cycles(&imports), [first, second]);
}

#[test]
fn files_that_import_only_downwards_are_no_cycle() {
    let imports = crate::reading::imports(&[
        ("lib.rs", "mod a; mod b; mod c; use a::A;"),
        ("a.rs", "use crate::{b::B, c::C}; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "pub struct C; mod tests { use super::*; }"),
    ]);
    let imports = imports.unwrap();
    assert_eq!(cycles(&imports), [""; 0]);
}
