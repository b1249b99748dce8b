//! The rules that a source tree keeps, and what breaks them.

use std::collections::BTreeSet;

use crate::cycles::describe_import;
use crate::imports::Imports;
use crate::source::Files;

/// The layers of one `src` folder.
pub(crate) struct Layers {
    /// The folder, such as `shared/src`.
    pub(crate) root: &'static str,
    /// From the ground up, the entries of the folder that are on each layer: folders, and files without `.rs`. An entry
    /// imports from layers below its own, and from itself.
    pub(crate) layers: &'static [&'static [&'static str]],
    /// Pairs of files, the importing one first, that may break this, each with the reason in a comment.
    pub(crate) exceptions: &'static [(&'static str, &'static str)],
}

impl Layers {
    /// Describes every import that goes up or sideways, every entry without a layer, and everything in the table that
    /// is not in the tree.
    pub(crate) fn violations(&self, files: &Files, imports: &Imports) -> Vec<String> {
        let root = self.root;
        let entries: BTreeSet<_> = files.keys().filter_map(|file| self.entry(file)).collect();
        let listed: BTreeSet<_> = self.layers.iter().copied().flatten().copied().collect();
        let missing = entries.difference(&listed).map(|entry| format!("{root}/{entry} is on no layer"));
        let stale = listed.difference(&entries).map(|entry| format!("{root} has no {entry}, but the table has"));
        let mut violations: Vec<_> = missing.chain(stale).collect();
        let mut used = BTreeSet::new();
        for (from, targets) in imports {
            for (to, names) in targets {
                let (Some(importer), Some(imported)) = (self.entry(from), self.entry(to)) else { continue };
                let (Some(above), Some(below)) = (self.layer(importer), self.layer(imported)) else { continue };
                if importer == imported || below < above {
                    continue;
                }
                let exception = (from.as_str(), to.as_str());
                if self.exceptions.contains(&exception) {
                    used.insert(exception);
                } else {
                    let place = if below == above { "beside" } else { "below" };
                    let import = describe_import(from, to, names);
                    violations.push(format!("{importer} is {place} {imported}: {import}"));
                }
            }
        }
        let unused = self.exceptions.iter().filter(|exception| !used.contains(*exception));
        violations.extend(unused.map(|(from, to)| format!("the exception {from} -> {to} is not needed")));
        violations
    }

    /// The entry of the folder that a file belongs to.
    fn entry<'a>(&self, file: &'a str) -> Option<&'a str> {
        let inside = file.strip_prefix(self.root)?.strip_prefix('/')?;
        Some(inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(folder, _)| folder))
    }

    fn layer(&self, entry: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.contains(&entry))
    }
}

/// Describes every file that has more than `limit` lines, unless it is excepted, and every exception that is not needed.
pub(crate) fn long_files(files: &Files, limit: usize, exceptions: &[&str]) -> Vec<String> {
    let long: Vec<_> =
        files.iter().map(|(file, text)| (file, text.lines().count())).filter(|(_, n)| *n > limit).collect();
    let unneeded = exceptions.iter().filter(|exception| !long.iter().any(|(file, _)| file == *exception));
    let unneeded = unneeded.map(|file| format!("the exception {file} is not needed: it has at most {limit} lines"));
    let too_long = long.iter().filter(|(file, _)| !exceptions.contains(&file.as_str()));
    too_long
        .map(|(file, lines)| format!("{file} has {lines} lines, and {limit} are the limit"))
        .chain(unneeded)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: (&str, &str) = ("src/model/region.rs", "src/plan.rs");

    fn violations(layers: &'static [&'static [&'static str]], exceptions: &'static [(&str, &str)]) -> Vec<String> {
        let crate_files = [
            ("lib.rs", "pub mod model; mod plan; mod aws; pub use plan::Plan;"),
            ("model/mod.rs", "pub mod region; pub mod account;"),
            ("model/region.rs", "use super::account::Id;\nuse crate::plan::Plan; pub struct Region;"),
            ("model/account.rs", "pub struct Id;"),
            ("plan.rs", "use crate::aws::Client; use crate::model::region::Region; pub struct Plan;"),
            ("aws.rs", "pub struct Client;"),
        ];
        let (files, imports) = (crate::reading::files(&crate_files), crate::reading::imports(&crate_files).unwrap());
        Layers { root: "src", layers, exceptions }.violations(&files, &imports)
    }

    #[test]
    fn imports_upwards_and_sideways_are_violations() {
        assert_eq!(
            violations(&[&["model"], &["plan", "aws"], &["lib"]], &[]),
            [
                "model is below plan: src/model/region.rs -> src/plan.rs: Plan (line 2)",
                "plan is beside aws: src/plan.rs -> src/aws.rs: Client (line 1)",
            ]
        );
    }

    #[test]
    fn an_exception_is_for_two_files_and_must_be_needed() {
        assert_eq!(violations(&[&["model"], &["aws"], &["plan"], &["lib"]], &[UP]), [""; 0]);
        assert_eq!(
            violations(&[&["aws"], &["plan"], &["model"], &["lib"]], &[UP]),
            [
                "plan is below model: src/plan.rs -> src/model/region.rs: Region (line 1)",
                "the exception src/model/region.rs -> src/plan.rs is not needed",
            ]
        );
    }

    #[test]
    fn the_table_and_the_tree_have_the_same_entries() {
        assert_eq!(
            violations(&[&["model"], &["events"], &["plan"], &["lib"]], &[UP]),
            ["src/aws is on no layer", "src has no events, but the table has"]
        );
    }

    #[test]
    fn long_files_are_found_and_exceptions_must_be_needed() {
        let files = crate::reading::files(&[("a.rs", "1\n2\n3\n"), ("b.rs", "1\n2\n"), ("c.rs", "1\n2\n3\n")]);
        assert_eq!(
            long_files(&files, 2, &["src/b.rs", "src/c.rs"]),
            [
                "src/a.rs has 3 lines, and 2 are the limit",
                "the exception src/b.rs is not needed: it has at most 2 lines",
            ]
        );
    }
}
