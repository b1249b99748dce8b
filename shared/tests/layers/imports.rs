//! Finds which file of a crate imports which other one.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Files, Module, ModulePath, read_crate};

/// Names that a file imports from another file of its crate, each with the line where it first does.
pub(crate) type Names = BTreeMap<String, usize>;

/// Which file imports which, by the importing file and then by the imported one.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, Names>>;

/// What was read of one crate or more: its imports, and the files that its `mod` declarations reach.
#[derive(Debug, Default)]
pub(crate) struct CrateImports {
    pub(crate) imports: Imports,
    pub(crate) reached: BTreeSet<String>,
}

/// Adds to `read` the imports among the files of the crate whose root is `root`, such as `shared/src/lib.rs`.
///
/// An import belongs to the file that defines the name, however many re-exports lead there. Importing a module counts as
/// importing the names that are reached through it, so `use crate::aws;` alone is none.
///
/// # Errors
///
/// Names what cannot be read.
pub(crate) fn read_imports(files: &Files, root: &str, read: &mut CrateImports) -> Result<(), String> {
    let modules = read_crate(files, root)?;
    read.reached.extend(modules.values().map(|module| module.file.clone()));
    for (at, module) in &modules {
        let mut add = |target: &ModulePath, name: &str, line: usize| {
            let file = &modules[target].file;
            if *file != module.file {
                let names = read.imports.entry(module.file.clone()).or_default().entry(file.clone()).or_default();
                let first = names.entry(name.to_owned()).or_insert(line);
                *first = line.min(*first);
            }
        };
        for item in &module.uses {
            match Resolver::new(&modules).resolve(at, &item.path.segments) {
                Target::Item(target, name) => add(&target, &name, item.path.line),
                Target::Module(target) if item.name.is_none() => add(&target, "*", item.path.line),
                Target::Module(target) if !item.is_private => add(&target, "self", item.path.line),
                Target::Module(_) | Target::External => {}
            }
        }
        for path in &module.paths {
            match Resolver::new(&modules).resolve(at, &path.segments) {
                Target::Item(target, name) => add(&target, &name, path.line),
                Target::Module(target) => add(&target, "self", path.line),
                Target::External => {}
            }
        }
    }
    Ok(())
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Module(ModulePath),
    /// The name of something in a module: the defining one, where that can be told.
    Item(ModulePath, String),
    /// Another crate, or something local, such as a type parameter.
    External,
}

struct Resolver<'a> {
    modules: &'a BTreeMap<ModulePath, Module>,
    /// Names that are being looked up, so that `use` declarations that lead to each other end.
    pending: BTreeSet<(ModulePath, String)>,
}

impl<'a> Resolver<'a> {
    fn new(modules: &'a BTreeMap<ModulePath, Module>) -> Self {
        Self { modules, pending: BTreeSet::new() }
    }

    fn resolve(&mut self, from: &[String], segments: &[String]) -> Target {
        let mut at = from.to_vec();
        let mut rest = segments;
        match rest.first().map(String::as_str) {
            Some("crate") => at.clear(),
            Some("self") => {}
            Some("super") => {
                at.pop();
            }
            Some(name) => match self.lookup(from, name, rest.len() > 1) {
                Some(Target::Module(module)) => at = module,
                Some(other) => return other,
                None => return Target::External,
            },
            None => {}
        }
        rest = rest.get(1..).unwrap_or_default();
        while let Some((name, after)) = rest.split_first() {
            rest = after;
            if name == "super" {
                at.pop();
                continue;
            }
            match self.lookup(&at, name, !after.is_empty()) {
                Some(Target::Module(module)) => at = module,
                Some(other) => return other,
                // Made by a macro, or it would not compile.
                None => return Target::Item(at, name.clone()),
            }
        }
        Target::Module(at)
    }

    /// What `name` is in the module `at`. A function and a module may have the same name: more of the path follows
    /// (`is_prefix`) only for the module.
    fn lookup(&mut self, at: &[String], name: &str, is_prefix: bool) -> Option<Target> {
        let module = &self.modules[at];
        let child = [at, &[name.to_owned()]].concat();
        let is_module = self.modules.contains_key(&child);
        if module.items.contains(name) && !(is_module && is_prefix) {
            return Some(Target::Item(at.to_vec(), name.to_owned()));
        }
        if is_module {
            return Some(Target::Module(child));
        }
        if !self.pending.insert((at.to_vec(), name.to_owned())) {
            return None;
        }
        let found = self.lookup_imported(module, at, name, is_prefix);
        self.pending.remove(&(at.to_vec(), name.to_owned()));
        found
    }

    fn lookup_imported(&mut self, module: &Module, at: &[String], name: &str, is_prefix: bool) -> Option<Target> {
        if let Some(item) = module.uses.iter().find(|item| item.name.as_deref() == Some(name)) {
            return Some(self.resolve(at, &item.path.segments));
        }
        module.uses.iter().filter(|item| item.name.is_none()).find_map(|glob| {
            let Target::Module(source) = self.resolve(at, &glob.path.segments) else { return None };
            self.lookup(&source, name, is_prefix)
        })
    }
}
