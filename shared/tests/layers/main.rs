//! Tests of how the code is laid out: whatever a file imports is on a layer below it or in its own folder, and no files of
//! a crate import each other. docs/architecture.md draws the layers.
//!
//! The tables come first. Whoever adds a folder or a file to one of these `src` folders puts it on a layer here.

mod cycles;
mod imports;
mod reading;
mod rules;
mod source;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::cycles::cycles;
use crate::imports::{CrateImports, read_imports};
use crate::rules::{Layers, long_files};
use crate::source::Files;

/// The `src` folders that are tested; `*` is any name.
const ROOTS: &[&str] = &[
    "shared/src",
    "functions/*/src",
    "cli/src",
    "page/src",
    "tests/emulator/src",
    "tests/local-cloud/src",
    "tests/e2e/src",
];

const LAYERS: &[Layers] = &[
    Layers {
        root: "shared/src",
        layers: &[
            &["model"],
            &["error"],
            &["deadline", "environment"],
            &["events", "plan", "aws"],
            &["report", "config"],
            &["apply", "lambda"],
            &["lib"],
        ],
        exceptions: &[],
    },
    Layers {
        root: "functions/organization-reconciler/src",
        layers: &[
            &["publish", "cache", "graph_settings", "removal_confirmation"],
            &["cover", "run_context_tests"],
            &["reconcile"],
            &["preview"],
            &["lib"],
            &["main"],
        ],
        exceptions: &[],
    },
    Layers {
        root: "tests/emulator/src",
        layers: &[
            &["iam"],
            &["resources"],
            &["world"],
            &["protocol"],
            &["services"],
            &["cloud"],
            &["server"],
            &["lib"],
        ],
        exceptions: &[],
    },
    Layers {
        root: "tests/local-cloud/src",
        layers: &[
            &["recent"],
            &["template", "pattern", "schedule"],
            &["error"],
            &["stack", "binaries"],
            &["lambda"],
            &["timeline"],
            &["engine"],
            &["cloud"],
            &["lib"],
        ],
        exceptions: &[],
    },
];

/// A folder, and how many entries it may have: one look shows what the core is made of.
const MOST_ENTRIES: (&str, usize) = ("shared/src", 14);

/// How many lines a file may have, with its tests.
const MOST_LINES: usize = 250;

/// Files that may have more lines, each with the reason in a comment.
const LONG_FILES: &[&str] = &[];

/// A function's `main.rs` wires, and nothing else.
const MOST_LINES_OF_MAIN: usize = 40;

#[test]
fn no_files_of_a_crate_import_each_other() {
    assert_none(&cycles(&tree().read.imports));
}

#[test]
fn every_import_goes_to_a_layer_below() {
    let violations = LAYERS.iter().flat_map(|layers| layers.violations(&tree().files, &tree().read.imports));
    assert_none(&violations.collect::<Vec<_>>());
}

#[test]
fn every_file_is_part_of_its_crate() {
    let unreached = tree().files.keys().filter(|file| !tree().read.reached.contains(*file));
    assert_none(&unreached.map(|file| format!("no `mod` declaration leads to {file}")).collect::<Vec<_>>());
}

#[test]
fn the_core_shows_few_entries() {
    let (root, most) = MOST_ENTRIES;
    let entries = entries(&repository().join(root));
    assert!(entries.len() <= most, "{root} has {} entries, and {most} are the limit", entries.len());
}

#[test]
fn files_are_short() {
    let is_main = |file: &str| file.starts_with("functions/") && file.ends_with("/main.rs");
    let mains = tree().files.clone().into_iter().filter(|(file, _)| is_main(file)).collect();
    let mut long = long_files(&tree().files, MOST_LINES, LONG_FILES);
    long.extend(long_files(&mains, MOST_LINES_OF_MAIN, &[]));
    assert_none(&long);
}

#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// The files below the roots and the imports among them, read once for all tests.
fn tree() -> &'static Tree {
    static TREE: LazyLock<Result<Tree, String>> = LazyLock::new(|| {
        let files = files();
        let mut read = CrateImports::default();
        for root in files.keys().filter(|file| is_crate_root(file)) {
            read_imports(&files, root, &mut read)?;
        }
        Ok(Tree { files, read })
    });
    TREE.as_ref().unwrap_or_else(|error| panic!("{error}"))
}

struct Tree {
    files: Files,
    read: CrateImports,
}

/// Whether a file is where the compiler starts to read a library or a binary.
fn is_crate_root(file: &str) -> bool {
    let name = file.rsplit_once("/src/").map(|(_, name)| name);
    name.is_some_and(|name| name == "lib.rs" || name == "main.rs" || name.starts_with("bin/"))
}

/// Every Rust file below the roots, by its path in the repository.
fn files() -> Files {
    let repository = repository();
    let mut files = Files::new();
    for root in ROOTS {
        let before = files.len();
        for folder in expand(&repository, root) {
            read_folder(&repository, &folder, &mut files);
        }
        assert!(files.len() > before, "{root} has no Rust files");
    }
    files
}

/// The folders of the repository that a root stands for.
fn expand(repository: &Path, root: &str) -> Vec<PathBuf> {
    let Some((above, below)) = root.split_once("/*/") else { return vec![repository.join(root)] };
    entries(&repository.join(above)).into_iter().map(|folder| folder.join(below)).collect()
}

fn read_folder(repository: &Path, folder: &Path, files: &mut Files) {
    for path in entries(folder) {
        if path.is_dir() {
            read_folder(repository, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.strip_prefix(repository).expect("it is below the repository");
            files.insert(name.to_string_lossy().into_owned(), text);
        }
    }
}

/// What a folder holds; nothing, if it is not there.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut entries: Vec<_> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    entries.sort();
    entries
}

fn repository() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
    Path::new(&package).parent().expect("the core is a folder of the repository").to_owned()
}
