//! Reads a crate's files into its modules: what each one defines, imports and names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, UseTree, Visibility};

/// The text of each file, by its path.
pub(crate) type Files = BTreeMap<String, String>;

/// The names from a crate's root to a module. The root's own is empty.
pub(crate) type ModulePath = Vec<String>;

/// What a module holds, whether it is a file or written inside one.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) items: BTreeSet<String>,
    pub(crate) uses: Vec<Use>,
    /// Paths of two or more names that are not in `use` declarations.
    pub(crate) paths: Vec<Written>,
}

/// One name or glob that a `use` declaration brings into a module.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) path: Written,
    /// The name here; none for a glob.
    pub(crate) name: Option<String>,
    pub(crate) is_private: bool,
}

/// A path as the source has it, with its line.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// Reads every module of the crate whose root is the file `root`, by following its `mod` declarations.
///
/// # Errors
///
/// Names the file that cannot be parsed, or the module that has no file.
pub(crate) fn read_crate(files: &Files, root: &str) -> Result<BTreeMap<ModulePath, Module>, String> {
    let (folder, _) = root.rsplit_once('/').unwrap_or_default();
    let mut modules = BTreeMap::new();
    read_file(files, root, folder, ModulePath::new(), &mut modules)?;
    Ok(modules)
}

/// Reads one file as the module `path`, whose child modules are in `folder`.
fn read_file(
    files: &Files,
    file: &str,
    folder: &str,
    path: ModulePath,
    modules: &mut BTreeMap<ModulePath, Module>,
) -> Result<(), String> {
    let parsed = syn::parse_file(&files[file]).map_err(|error| {
        let start = error.span().start();
        format!("{file}:{}: {error}", start.line)
    })?;
    modules.insert(path.clone(), Module { file: file.to_owned(), ..Module::default() });
    let mut reader = Reader { files, file, folder: folder.to_owned(), at: path, modules, error: None };
    reader.visit_file(&parsed);
    reader.error.map_or(Ok(()), Err)
}

struct Reader<'a> {
    files: &'a Files,
    file: &'a str,
    /// Where the files of the current module's children are.
    folder: String,
    at: ModulePath,
    modules: &'a mut BTreeMap<ModulePath, Module>,
    error: Option<String>,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        self.modules.get_mut(&self.at).expect("a module is inserted before it is visited")
    }

    fn read_child(&mut self, name: &str, path: ModulePath) -> Result<(), String> {
        let folder = format!("{}/{name}", self.folder);
        let candidates = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
        let file = candidates.iter().find(|file| self.files.contains_key(*file));
        let file = file.ok_or_else(|| format!("{}: no file holds the module {name}", self.file))?;
        read_file(self.files, file, &folder, path, self.modules)
    }

    /// Adds the paths in macro input, which is not parsed: a run of names with `::` between them.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut segments = Vec::new();
        let mut colons = 0;
        let mut line = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    // A path continues after exactly one `::`. One that begins with `::` is of another crate.
                    if colons != 2 || segments.is_empty() {
                        self.add_path(std::mem::take(&mut segments), line);
                    }
                    let is_external = colons == 2 && segments.is_empty();
                    line = name.span().start().line;
                    segments.push(if is_external { String::from("::") } else { name.unraw().to_string() });
                    colons = 0;
                }
                other => {
                    self.add_path(std::mem::take(&mut segments), line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(group.stream());
                    }
                }
            }
        }
        self.add_path(segments, line);
    }

    fn add_parsed(&mut self, path: &syn::Path, span: Span) {
        let segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
        self.add_path(segments, span.start().line);
    }

    fn add_path(&mut self, segments: Vec<String>, line: usize) {
        if segments.len() > 1 {
            self.module().paths.push(Written { segments, line });
        }
    }

    fn add_use(&mut self, tree: &UseTree, before: &[String], is_private: bool) {
        let (last, name, span) = match tree {
            UseTree::Path(path) => {
                let below = [before, &[path.ident.unraw().to_string()]].concat();
                return self.add_use(&path.tree, &below, is_private);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.add_use(tree, before, is_private));
            }
            UseTree::Name(name) => (Some(&name.ident), Some(&name.ident), name.ident.span()),
            UseTree::Rename(rename) => (Some(&rename.ident), Some(&rename.rename), rename.ident.span()),
            UseTree::Glob(glob) => (None, None, glob.star_token.spans[0]),
        };
        let mut segments = before.to_vec();
        // In a group, `self` is the module before it.
        segments.extend(last.map(|last| last.unraw().to_string()).filter(|last| before.is_empty() || last != "self"));
        let name = name.map(|name| match name.unraw().to_string() {
            name if name == "self" => segments.last().cloned().unwrap_or_default(),
            name => name,
        });
        let path = Written { segments, line: span.start().line };
        self.module().uses.push(Use { path, name, is_private });
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if let Some(name) = name_of(item) {
            self.module().items.insert(name.unraw().to_string());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            self.error.get_or_insert(format!("{}: #[path] hides where a module is", self.file));
        }
        let name = item.ident.unraw().to_string();
        let path = [self.at.as_slice(), std::slice::from_ref(&name)].concat();
        if item.content.is_none() {
            if let Err(error) = self.read_child(&name, path) {
                self.error.get_or_insert(error);
            }
            return;
        }
        self.modules.insert(path.clone(), Module { file: self.file.to_owned(), ..Module::default() });
        let folder = format!("{}/{name}", self.folder);
        let (above, around) = (std::mem::replace(&mut self.at, path), std::mem::replace(&mut self.folder, folder));
        visit::visit_item_mod(self, item);
        (self.at, self.folder) = (above, around);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&item.tree, &[], matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.add_parsed(path, path.segments[0].ident.span());
        }
        visit::visit_path(self, path);
    }

    /// `pub(crate)` and `pub(super)` name no import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    /// Attributes have paths in their tokens, and, as serde's do, in strings.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Ok(list) = attribute.meta.require_list() else { return };
        self.add_tokens(list.tokens.clone());
        for token in list.tokens.clone() {
            let TokenTree::Literal(literal) = token else { continue };
            let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else { continue };
            if let Ok(path) = text.parse::<syn::Path>() {
                self.add_parsed(&path, literal.span());
            }
        }
    }
}

/// The name that an item defines in its module. Modules and `use` declarations are recorded elsewhere.
fn name_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::TraitAlias(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}
