//! Reads the source files of the workspace and leaves their tests out.

use std::path::Path;

use syn::{Attribute, ImplItem, Item, ItemMod, spanned::Spanned};

/// A source file that takes part in an ordinary build.
pub(crate) struct Source {
    /// Folder of the package: `crates/git`.
    pub(crate) package: String,
    /// Path below the workspace: `crates/git/src/tags.rs`.
    pub(crate) path: String,
    /// Modules from the root of the crate down to this file.
    pub(crate) module: Vec<String>,
    /// What the file defines, without tests.
    pub(crate) items: Vec<Item>,
    /// Lines of the file, without tests.
    pub(crate) lines: usize,
}

/// Gives the text of a file, or `None` if the file does not exist.
type Load<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Every source file of `crates/*` and `bins/*`.
pub(crate) fn workspace_sources() -> Vec<Source> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut packages: Vec<String> =
        ["crates", "bins"].iter().flat_map(|group| folders_of(root, group)).collect();
    packages.sort();
    packages
        .iter()
        .flat_map(|package| package_sources(package, &|path| read_if_present(&root.join(path))))
        .collect()
}

fn read_if_present(path: &Path) -> Option<String> {
    path.is_file().then(|| std::fs::read_to_string(path).unwrap())
}

fn folders_of(root: &Path, group: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root.join(group)).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|folder| format!("{group}/{}", folder.file_name().to_str().unwrap())).collect()
}

/// The source files of one package, parents before children, as `mod` declarations find them.
fn package_sources(package: &str, load: Load<'_>) -> Vec<Source> {
    let mut reader = Reader { package, load, sources: Vec::new() };
    let folder = format!("{package}/src");
    for root in ["lib.rs", "main.rs"] {
        let path = format!("{folder}/{root}");
        if let Some(text) = load(&path) {
            reader.read_file(path, &text, &folder, Vec::new());
        }
    }
    reader.sources
}

/// The source files of a package `crates/made` that exists in a test only; paths are below `src`.
pub(crate) fn made_up_sources(files: &[(&str, &str)]) -> Vec<Source> {
    package_sources("crates/made", &|path| {
        let file = files.iter().find(|(name, _)| format!("crates/made/src/{name}") == path);
        file.map(|(_, text)| (*text).to_owned())
    })
}

struct Reader<'a> {
    package: &'a str,
    load: Load<'a>,
    sources: Vec<Source>,
}

impl Reader<'_> {
    /// Reads a file, then the files of the modules that it declares in `folder`.
    fn read_file(&mut self, path: String, text: &str, folder: &str, module: Vec<String>) {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut items = file.items;
        let lines = text.lines().count() - cut_tests(&mut items);
        let children = declared_modules(&items);
        let package = self.package.to_owned();
        self.sources.push(Source { package, path, module: module.clone(), items, lines });
        for child in children {
            self.read_module(
                &format!("{folder}/{}", child.join("/")),
                [&module[..], &child].concat(),
            );
        }
    }

    fn read_module(&mut self, folder: &str, module: Vec<String>) {
        let paths = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
        let (path, text) = paths
            .into_iter()
            .find_map(|path| (self.load)(&path).map(|text| (path, text)))
            .unwrap_or_else(|| panic!("no file for module {folder}"));
        self.read_file(path, &text, folder, module);
    }
}

/// Paths of the modules that have a file of their own.
fn declared_modules(items: &[Item]) -> Vec<Vec<String>> {
    let modules = items.iter().filter_map(|item| match item {
        Item::Mod(module) => Some(module),
        _ => None,
    });
    modules.flat_map(files_below).collect()
}

fn files_below(module: &ItemMod) -> Vec<Vec<String>> {
    let name = module.ident.to_string();
    let Some((_, items)) = &module.content else { return vec![vec![name]] };
    let below = declared_modules(items).into_iter();
    below.map(|path| [vec![name.clone()], path].concat()).collect()
}

/// Removes tests from the items and returns how many lines they had.
fn cut_tests(items: &mut Vec<Item>) -> usize {
    let cut: usize =
        items.extract_if(.., |item| is_test(attributes_of(item))).map(|item| lines_of(&item)).sum();
    cut + items.iter_mut().map(cut_nested_tests).sum::<usize>()
}

fn cut_nested_tests(item: &mut Item) -> usize {
    match item {
        Item::Mod(module) => module.content.as_mut().map_or(0, |(_, items)| cut_tests(items)),
        Item::Impl(block) => block
            .items
            .extract_if(.., |item| is_test_method(item))
            .map(|item| lines_of(&item))
            .sum(),
        _ => 0,
    }
}

fn is_test_method(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(method) if is_test(&method.attrs))
}

fn lines_of(item: &impl Spanned) -> usize {
    let span = item.span();
    span.end().line - span.start().line + 1
}

/// Whether the attributes contain `#[cfg(test)]`, `#[test]` or one like `#[tokio::test]`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        meta => meta.path().segments.last().is_some_and(|segment| segment.ident == "test"),
    })
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_as_the_modules_declare_them() {
        let sources = made_up_sources(&[
            ("lib.rs", "mod tags; mod inline { mod deep; }"),
            ("tags/mod.rs", "mod list;"),
            ("tags/list.rs", ""),
            ("inline/deep.rs", ""),
            ("undeclared.rs", "not Rust"),
        ]);
        let modules: Vec<String> = sources.iter().map(|source| source.module.join("::")).collect();
        assert_eq!(modules, ["", "tags", "tags::list", "inline::deep"]);
    }

    #[test]
    fn tests_are_left_out_and_their_lines_are_not_counted() {
        let text = "fn first() {}\n\n/// A test.\n#[cfg(test)]\nmod tests {\n    fn helper() {}\n}\n\
                    impl Tag {\n    #[cfg(test)]\n    fn example() {}\n    fn name() {}\n}\n\
                    #[cfg(feature = \"full\")]\nfn last() {}\n#[tokio::test]\nfn works() {}\n";
        let sources = made_up_sources(&[("main.rs", text), ("tests.rs", "fn helper() {}")]);
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].items.len(), 3);
        assert_eq!(sources[0].lines, 7);
    }
}
