//! The crate's layers: every folder of `src` imports only folders below it, and files import each other in no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src`, from the ground up.
const LAYERS: [&str; 7] = ["iam", "resources", "world", "protocol", "services", "cloud", "server"];

/// What each file imports, by its path of modules such as `world::state`.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let mut files = Vec::new();
    collect(root, &mut files);
    let module = |path: &Path| {
        let path = path.strip_prefix(root).expect("it is in src").with_extension("");
        let parts: Vec<&str> =
            path.iter().map(|part| part.to_str().expect("names are ASCII")).filter(|part| *part != "mod").collect();
        parts.join("::")
    };
    let texts: BTreeMap<String, String> =
        files.iter().map(|path| (module(path), fs::read_to_string(path).expect("src can be read"))).collect();
    let exists = |path: &str| texts.contains_key(path);
    let imported = |text: &str| text.split("crate::").skip(1).flat_map(|rest| modules(rest, exists)).collect();
    texts.iter().map(|(module, text)| (module.clone(), imported(text))).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules that a path such as `world::state::State` or `world::{state, clock}` names.
fn modules(text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    let (path, rest) = text.split_at(end.unwrap_or(text.len()));
    let names = match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((names, _)) => names.split(',').map(str::trim).collect(),
        None => vec![""],
    };
    let deepest = |name: &str| {
        let path = format!("{path}{name}");
        let parts: Vec<&str> = path.split("::").collect();
        (1..=parts.len()).rev().map(|length| parts[..length].join("::")).find(|path| exists(path))
    };
    names.into_iter().filter_map(deepest).collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| module.split("::").next() == Some(layer))
}

#[test]
fn a_folder_imports_only_folders_below_it() {
    for (module, imported) in imports() {
        let Some(own) = layer(&module) else {
            assert_eq!(module, "lib", "a folder that is in no layer");
            continue;
        };
        for other in imported {
            assert!(layer(&other).is_some_and(|other| other <= own), "{module} imports {other}");
        }
    }
}

#[test]
fn files_import_each_other_in_no_circle() {
    let mut imports = imports();
    for (importer, imported) in
        [("server::dispatch", "services::registry"), ("services::detective::service", "services::detective::members")]
    {
        assert!(imports[importer].contains(imported), "the imports are read");
    }
    // What imports nothing is in no circle, and no more is what imports only such files.
    while let Some(free) = imports.iter().find(|(_, imported)| imported.is_empty()).map(|(module, _)| module.clone()) {
        imports.remove(&free);
        for imported in imports.values_mut() {
            imported.remove(&free);
        }
    }
    assert!(imports.is_empty(), "in a circle, or above one: {:?}", imports.keys());
}
