//! The single paths that a `use` declaration imports.

use syn::{ItemUse, UseTree, Visibility, ext::IdentExt};

/// One path of a `use` declaration.
pub(crate) struct UsePath {
    /// Segments of the path; those of the module if everything in it is imported.
    pub(crate) segments: Vec<String>,
    /// What the path brings into scope.
    pub(crate) binding: UseBinding,
}

/// What a path of a `use` declaration brings into scope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UseBinding {
    /// One name: the last segment, or that after `as`.
    Name(String),
    /// No name: `as _`, which brings the methods of a trait.
    Anonymous,
    /// All names: `*`.
    Glob,
}

/// Whether the declaration gives the names on to others.
pub(crate) fn is_reexport(declaration: &ItemUse) -> bool {
    !matches!(declaration.vis, Visibility::Inherited)
}

/// The paths of a declaration; none if it begins with `::`, which leads to other crates.
pub(crate) fn use_paths(declaration: &ItemUse) -> Vec<UsePath> {
    let mut paths = Vec::new();
    if declaration.leading_colon.is_none() {
        collect_paths(&declaration.tree, &[], &mut paths);
    }
    paths
}

fn collect_paths(tree: &UseTree, prefix: &[String], paths: &mut Vec<UsePath>) {
    match tree {
        UseTree::Path(path) => {
            let prefix = [prefix, &[path.ident.unraw().to_string()]].concat();
            collect_paths(&path.tree, &prefix, paths);
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|item| collect_paths(item, prefix, paths));
        }
        UseTree::Name(name) => paths.push(named_path(prefix, name.ident.unraw().to_string(), None)),
        UseTree::Rename(rename) => {
            let alias = Some(rename.rename.unraw().to_string());
            paths.push(named_path(prefix, rename.ident.unraw().to_string(), alias));
        }
        UseTree::Glob(_) => {
            paths.push(UsePath { segments: prefix.to_vec(), binding: UseBinding::Glob });
        }
    }
}

fn named_path(prefix: &[String], last: String, alias: Option<String>) -> UsePath {
    let mut segments = prefix.to_vec();
    // `use tags::{self}` imports `tags`.
    if last != "self" || prefix.is_empty() {
        segments.push(last);
    }
    let binding = match alias.or_else(|| segments.last().cloned()) {
        Some(name) if name != "_" => UseBinding::Name(name),
        _ => UseBinding::Anonymous,
    };
    UsePath { segments, binding }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_taken_apart_into_paths() {
        let declaration =
            syn::parse_str("use crate::{a, b::{self, C as D, *}, e::F as _};").unwrap();
        let paths: Vec<(String, UseBinding)> = use_paths(&declaration)
            .into_iter()
            .map(|path| (path.segments.join("::"), path.binding))
            .collect();
        let name = |name: &str| UseBinding::Name(name.to_owned());
        let expected = [
            ("crate::a", name("a")),
            ("crate::b", name("b")),
            ("crate::b::C", name("D")),
            ("crate::b", UseBinding::Glob),
            ("crate::e::F", UseBinding::Anonymous),
        ];
        assert_eq!(paths, expected.map(|(path, binding)| (path.to_owned(), binding)));
    }

    #[test]
    fn paths_to_other_crates_are_no_paths_of_this_crate() {
        assert!(use_paths(&syn::parse_str("use ::tags::Tag;").unwrap()).is_empty());
    }
}
