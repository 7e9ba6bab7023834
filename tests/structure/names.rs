//! Names that several files define, and types whose methods are spread over files.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, Type};

use crate::{
    finding::{Finding, percentage},
    functions::Function,
    sources::Source,
};

/// A name or type counts as repeated or spread from this number of files on.
const MANY_FILES: usize = 3;

/// Names that every Rust program repeats.
const USUAL_NAMES: [&str; 3] = ["new", "main", "default"];

/// The share of all functions whose name three or more files define. Names that every
/// program repeats, and methods of traits, do not count as repeated.
pub(crate) fn repeated_names(functions: &[Function]) -> Finding {
    let mut by_name: BTreeMap<&str, Vec<&Function>> = BTreeMap::new();
    let chosen = functions.iter().filter(|function| is_chosen_name(function));
    chosen.for_each(|function| by_name.entry(&function.name).or_default().push(function));
    let mut repeated: Vec<(&str, Vec<&Function>)> =
        by_name.into_iter().filter(|(_, functions)| file_count(functions) >= MANY_FILES).collect();
    repeated.sort_by_key(|(_, functions)| std::cmp::Reverse(functions.len()));
    let affected = repeated.iter().map(|(_, functions)| functions.len()).sum();
    Finding {
        figure: percentage(affected, functions.len()),
        basis: format!("{affected} of {} functions, {} names", functions.len(), repeated.len()),
        offenders: repeated.iter().map(|(name, functions)| name_line(name, functions)).collect(),
    }
}

fn is_chosen_name(function: &Function) -> bool {
    !function.implements_trait && !USUAL_NAMES.contains(&function.name.as_str())
}

fn file_count(functions: &[&Function]) -> usize {
    functions.iter().map(|function| &function.file).collect::<BTreeSet<_>>().len()
}

fn name_line(name: &str, functions: &[&Function]) -> String {
    let places: Vec<String> = functions.iter().map(|function| function.place()).collect();
    format!("{name} ×{}: {}", functions.len(), places.join(" "))
}

/// Types with inherent `impl` blocks in three or more files of their crate.
pub(crate) fn spread_types(sources: &[Source]) -> Finding {
    let mut files: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for source in sources {
        for name in inherent_impls(&source.items) {
            files.entry((&source.package, name)).or_default().insert(&source.path);
        }
    }
    let types = files.len();
    let mut spread: Vec<_> =
        files.into_iter().filter(|(_, files)| files.len() >= MANY_FILES).collect();
    spread.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
    let offenders = spread.iter().map(|((package, name), files)| {
        let files: Vec<&str> = files.iter().copied().collect();
        format!("{name} of {package} ×{}: {}", files.len(), files.join(" "))
    });
    Finding {
        figure: spread.len() as f64,
        basis: format!("of {types} types with methods"),
        offenders: offenders.collect(),
    }
}

/// Names of the types that the items give methods of their own.
fn inherent_impls(items: &[Item]) -> Vec<String> {
    let names = items.iter().map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => {
            type_name(&block.self_ty).into_iter().collect()
        }
        Item::Mod(module) => {
            module.content.as_ref().map_or(Vec::new(), |(_, items)| inherent_impls(items))
        }
        _ => Vec::new(),
    });
    names.flatten().collect()
}

fn type_name(self_type: &Type) -> Option<String> {
    let Type::Path(path) = self_type else { return None };
    path.path.segments.last().map(|segment| segment.ident.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{functions::all_functions, sources::made_up_sources};

    #[test]
    fn a_name_is_repeated_from_three_files_on() {
        let sources = made_up_sources(&[
            ("lib.rs", "mod a; mod b; pub fn parse() {} pub fn find() {} fn new() {}"),
            ("a.rs", "impl Tag { fn parse() {} fn new() {} } impl Other { fn find() {} }"),
            ("b.rs", "fn parse() {} fn new() {} impl Find for Tag { fn find() {} }"),
        ]);
        let finding = repeated_names(&all_functions(&sources));
        assert_eq!(finding.figure.round(), 33.0, "three of nine");
        let files = "crates/made/src/lib.rs:1 crates/made/src/a.rs:1 crates/made/src/b.rs:1";
        assert_eq!(finding.offenders, [format!("parse ×3: {files}")]);
    }

    #[test]
    fn a_type_is_spread_if_three_files_give_it_methods() {
        let sources = made_up_sources(&[
            ("lib.rs", "mod a; mod b; pub struct Tag<T>(T); impl<T> Tag<T> {} impl Other {}"),
            ("a.rs", "impl crate::Tag<u8> {} impl super::Other {}"),
            ("b.rs", "mod inner { impl crate::Tag<u16> {} } impl Clone for crate::Other {}"),
        ]);
        let finding = spread_types(&sources);
        let files = "crates/made/src/a.rs crates/made/src/b.rs crates/made/src/lib.rs";
        assert_eq!(finding.offenders, [format!("Tag of crates/made ×3: {files}")]);
    }
}
