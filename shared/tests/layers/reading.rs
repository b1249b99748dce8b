//! Tests of the reader itself, on crates of a few lines: it sees an import however it is written.

use crate::imports::{CrateImports, Imports, read_imports};
use crate::source::Files;

/// Writes the files of a crate below `src`.
pub(crate) fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(name, text)| (format!("src/{name}"), (*text).to_owned())).collect()
}

/// Reads the crate that these files below `src` are.
pub(crate) fn imports(crate_files: &[(&str, &str)]) -> Result<Imports, String> {
    let mut read = CrateImports::default();
    read_imports(&files(crate_files), "src/lib.rs", &mut read)?;
    Ok(read.imports)
}

/// The crate's imports, as `from -> to: name:line ...`, in the order of their paths.
fn read(crate_files: &[(&str, &str)]) -> Vec<String> {
    let imports = imports(crate_files).expect("a fixture can be read");
    let edges = imports.iter().flat_map(|(from, targets)| targets.iter().map(move |(to, names)| (from, to, names)));
    let shown = edges.map(|(from, to, names)| {
        let names: Vec<_> = names.iter().map(|(name, line)| format!("{name}:{line}")).collect();
        format!("{} -> {}: {}", &from[4..], &to[4..], names.join(" "))
    });
    shown.collect()
}

/// What `a.rs` imports of a crate with `b.rs`, `c/mod.rs` and `c/d.rs`.
fn imports_of(a: &str) -> Vec<String> {
    let b = "pub struct B; pub const NUMBER: u8 = 1; pub enum Kind { One } pub fn b() {} pub trait Trait {}";
    let lib = "mod a; mod b; mod c;";
    read(&[
        ("lib.rs", lib),
        ("a.rs", a),
        ("b.rs", b),
        ("c/mod.rs", "pub mod d; pub struct C;"),
        ("c/d.rs", "pub struct D;"),
    ])
}

#[test]
fn names_of_a_use_declaration() {
    assert_eq!(imports_of("use crate::b::B;"), ["a.rs -> b.rs: B:1"]);
    assert_eq!(imports_of("use super::b::B;"), ["a.rs -> b.rs: B:1"]);
    assert_eq!(imports_of("use std::fmt;\nuse serde::{Serialize, de::Error};\nuse ::b::B;"), [""; 0]);
}

#[test]
fn nested_groups_globs_and_renames() {
    let nested = "use crate::{b::{B as Other, self as other, Kind::{self, One}},\n c::{C, d::*}};";
    assert_eq!(imports_of(nested), ["a.rs -> b.rs: B:1 Kind:1", "a.rs -> c/d.rs: *:2", "a.rs -> c/mod.rs: C:2"]);
    assert_eq!(imports_of("use crate::b::Trait as _;"), ["a.rs -> b.rs: Trait:1"]);
    assert_eq!(imports_of("use crate::b::Kind::*;"), ["a.rs -> b.rs: Kind:1"]);
}

#[test]
fn paths_in_expressions_types_and_bounds() {
    assert_eq!(imports_of("fn a() {\n crate::b::b();\n}"), ["a.rs -> b.rs: b:2"]);
    assert_eq!(imports_of("fn a(_: Vec<super::b::B>) {}"), ["a.rs -> b.rs: B:1"]);
    assert_eq!(imports_of("struct A<T: crate::b::Trait>(T);"), ["a.rs -> b.rs: Trait:1"]);
    assert_eq!(imports_of("impl crate::b::Trait for u8 {}"), ["a.rs -> b.rs: Trait:1"]);
    assert_eq!(imports_of("fn a(x: u8) { if let crate::b::NUMBER = x {} }"), ["a.rs -> b.rs: NUMBER:1"]);
    assert_eq!(imports_of("fn a() { use crate::b::B; }"), ["a.rs -> b.rs: B:1"]);
}

#[test]
fn paths_in_macros() {
    assert_eq!(imports_of("fn a() { vec![\n (1, crate::b::NUMBER)]; }"), ["a.rs -> b.rs: NUMBER:2"]);
    assert_eq!(imports_of("macro_rules! a { () => { $crate::b::b() }; }"), ["a.rs -> b.rs: b:1"]);
    assert_eq!(
        imports_of("use crate::c;\nfn a() { print!(\"\", x = c::d::D::<u8>::new()); }"),
        ["a.rs -> c/d.rs: D:2"]
    );
    assert_eq!(imports_of("fn a() { print!(\"\", x = Vec::<u8>::b(), y = ::b::B, z = b::B); }"), [""; 0]);
}

#[test]
fn paths_in_attributes() {
    assert_eq!(imports_of("#[derive(crate::b::B)] struct A;"), ["a.rs -> b.rs: B:1"]);
    let with = "struct A {\n #[serde(default, serialize_with = \"crate::b::b\")]\n a: u8 }";
    assert_eq!(imports_of(with), ["a.rs -> b.rs: b:2"]);
    assert_eq!(imports_of("#[doc = \"crate::b::B\"]\n/// [`crate::b::B`]\nstruct A;"), [""; 0]);
}

#[test]
fn paths_through_modules_that_are_declared_or_imported() {
    let root = "mod a; mod b; pub use a::A; fn f() { b::c::f(); }";
    let crate_files =
        [("lib.rs", root), ("a.rs", "pub struct A;"), ("b.rs", "pub mod c;"), ("b/c.rs", "pub fn f() {}")];
    assert_eq!(read(&crate_files), ["lib.rs -> a.rs: A:1", "lib.rs -> b/c.rs: f:1"]);
    assert_eq!(
        imports_of("use crate::c;\nfn a(_: c::C, _: c::d::D) {}"),
        ["a.rs -> c/d.rs: D:2", "a.rs -> c/mod.rs: C:2"]
    );
}

#[test]
fn a_module_that_is_only_imported_is_no_import() {
    assert_eq!(imports_of("use crate::c;"), [""; 0]);
    assert_eq!(imports_of("pub use crate::c;"), ["a.rs -> c/mod.rs: self:1"]);
}

#[test]
fn a_re_export_is_an_import_of_the_file_that_defines_the_name() {
    let root = "mod a; mod b; mod c; pub use b::B; pub use serde::Serialize;";
    let b = "pub use crate::c::*; pub use self::inside::B; mod inside { pub struct B; }";
    let a = "use crate::B;\nuse crate::b::C;\nuse crate::Serialize;\nuse super::B as Again;";
    let crate_files = [("lib.rs", root), ("a.rs", a), ("b.rs", b), ("c.rs", "pub struct C;")];
    assert_eq!(
        read(&crate_files),
        ["a.rs -> b.rs: B:1", "a.rs -> c.rs: C:2", "b.rs -> c.rs: *:1", "lib.rs -> b.rs: B:1"]
    );
}

#[test]
fn a_name_that_nothing_defines_is_of_the_module_that_is_named() {
    assert_eq!(imports_of("use crate::b::{MadeByMacro, B};"), ["a.rs -> b.rs: B:1 MadeByMacro:1"]);
}

#[test]
fn paths_upwards_from_folders_and_modules_within_a_file() {
    let d = "use super::super::b::B;\nuse super::C;\nmod tests { use super::*;\nuse super::super::super::b::b; fn f(_: super::super::C) {} }";
    let crate_files = [
        ("lib.rs", "mod b; mod c;"),
        ("b.rs", "pub struct B; pub fn b() {}"),
        ("c/mod.rs", "mod d; struct C;"),
        ("c/d.rs", d),
    ];
    assert_eq!(read(&crate_files), ["c/d.rs -> b.rs: B:1 b:4", "c/d.rs -> c/mod.rs: C:2"]);
}

#[test]
fn the_module_around_a_test_is_no_import() {
    assert_eq!(imports_of("struct A; #[cfg(test)] mod tests { use super::*; fn f(_: super::A) {} }"), [""; 0]);
}

#[test]
fn imports_of_tests_count() {
    let tests = "use crate::c;\n#[cfg(test)] mod tests { use super::*;\nuse crate::b::B;\nfn f() { c::d::D; } }";
    assert_eq!(imports_of(tests), ["a.rs -> b.rs: B:3", "a.rs -> c/d.rs: D:4"]);
}

#[test]
fn modules_inside_a_file_may_have_files_of_their_own() {
    let root = "mod a { pub mod b; } mod c;";
    let crate_files = [("lib.rs", root), ("a/b.rs", "pub fn b() {}"), ("c.rs", "use crate::a::b::b;")];
    assert_eq!(read(&crate_files), ["c.rs -> a/b.rs: b:1"]);
}

#[test]
fn visibility_is_no_import() {
    assert_eq!(imports_of("pub(crate) struct A; pub(in crate::b) struct B; pub(super) fn a() {}"), [""; 0]);
}

#[test]
fn a_function_and_a_module_of_one_name_are_told_apart() {
    let crate_files = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "pub mod start; pub fn start() {}"),
        ("a/start.rs", "pub fn run() {}"),
        ("b.rs", "use crate::a;\nfn b() { a::start();\na::start::run(); }"),
    ];
    assert_eq!(read(&crate_files), ["b.rs -> a/mod.rs: start:2", "b.rs -> a/start.rs: run:3"]);
}

#[test]
fn re_exports_that_lead_to_each_other_end() {
    let crate_files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub use crate::b::*;"),
        ("b.rs", "pub use crate::a::*; use crate::a::X;"),
    ];
    assert_eq!(read(&crate_files), ["a.rs -> b.rs: *:1", "b.rs -> a.rs: *:1 X:1"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let error = |text| imports(&[("lib.rs", text)]).unwrap_err();
    assert_eq!(error("mod a;"), "src/lib.rs: no file holds the module a");
    assert_eq!(error("#[path = \"b.rs\"] mod a {}"), "src/lib.rs: #[path] hides where a module is");
    assert!(error("\nfn a( {").starts_with("src/lib.rs:2: "));
}
