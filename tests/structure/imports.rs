//! Which files of a crate use each other, and the circles that they form.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    circles::circles, finding::Finding, mentions::mentioned_items, modules::ModuleTree,
    sources::Source,
};

/// The names for which one file, given by its index, uses another.
type Imports = BTreeMap<(usize, usize), BTreeSet<String>>;

/// Files that import each other in circles, crate by crate.
pub(crate) fn circular_files(sources: &[Source]) -> Finding {
    let mut packages: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in sources {
        packages.entry(&source.package).or_default().push(source);
    }
    let mut found: Vec<Circle> =
        packages.values().flat_map(|sources| circles_of(sources)).collect();
    found.sort_by_key(|circle| std::cmp::Reverse(circle.files));
    Finding {
        figure: found.iter().map(|circle| circle.files).sum::<usize>() as f64,
        basis: format!("{} circles, {} files in all", found.len(), sources.len()),
        offenders: found.into_iter().map(|circle| circle.description).collect(),
    }
}

struct Circle {
    files: usize,
    description: String,
}

fn circles_of(sources: &[&Source]) -> Vec<Circle> {
    let imports = imports_between(sources);
    let circles = circles(sources.len(), &imports.keys().copied().collect());
    let described = circles.iter().map(|files| Circle {
        files: files.len(),
        description: describe_circle(sources, &imports, files),
    });
    described.collect()
}

/// The imports between the files of one crate.
fn imports_between(sources: &[&Source]) -> Imports {
    let tree = ModuleTree::from_sources(sources);
    let mut imports = Imports::new();
    for (file, source) in sources.iter().enumerate() {
        for item in mentioned_items(&tree, source) {
            if item.file != file {
                imports.entry((file, item.file)).or_default().insert(item.name);
            }
        }
    }
    imports
}

/// The files of a circle, and each import inside it with its names.
fn describe_circle(sources: &[&Source], imports: &Imports, files: &[usize]) -> String {
    let inside =
        imports.iter().filter(|((user, used), _)| files.contains(user) && files.contains(used));
    let lines = inside.map(|((user, used), names)| {
        let arrow = if imports.contains_key(&(*used, *user)) { "⇄" } else { "→" };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!(
            "\n    {} {arrow} {}: {}",
            short_path(sources[*user]),
            short_path(sources[*used]),
            names.join(", ")
        )
    });
    format!("{} files of {}:{}", files.len(), sources[files[0]].package, lines.collect::<String>())
}

/// The path below the package's `src`.
fn short_path(source: &Source) -> &str {
    source.path[source.package.len()..].trim_start_matches("/src/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::made_up_sources;

    /// The imports between made-up files, each as `user -> used: names`.
    fn imports_in(files: &[(&str, &str)]) -> Vec<String> {
        let sources = made_up_sources(files);
        let sources: Vec<&Source> = sources.iter().collect();
        let described = imports_between(&sources).into_iter().map(|((user, used), names)| {
            let names: Vec<String> = names.into_iter().collect();
            format!(
                "{} -> {}: {}",
                short_path(sources[user]),
                short_path(sources[used]),
                names.join(" ")
            )
        });
        described.collect()
    }

    #[test]
    fn a_reexport_leads_to_the_file_that_defines_the_item() {
        let imports = imports_in(&[
            ("lib.rs", "mod tags; mod list; pub use tags::{Tag as Label, TagError};"),
            ("tags/mod.rs", "mod error; pub use self::error::TagError; pub struct Tag;"),
            ("tags/error.rs", "pub enum TagError { Empty }"),
            ("list.rs", "use crate::{Label, TagError::Empty};"),
        ]);
        assert_eq!(imports, ["list.rs -> tags/mod.rs: Tag", "list.rs -> tags/error.rs: TagError"]);
    }

    /// The imports of a root with this text, which may use `tags::Tag` and `tags::list`.
    fn imports_of_root(text: &str) -> Vec<String> {
        let tags = "pub(crate) struct Tag; pub(crate) fn list() {}";
        imports_in(&[("lib.rs", text), ("tags.rs", tags)])
    }

    #[test]
    fn declarations_and_reexports_are_no_imports() {
        let none = Vec::<String>::new();
        assert_eq!(imports_of_root("mod tags; pub(crate) use tags::{Tag, list};"), none);
        assert_eq!(imports_of_root("mod tags; pub use tags::list; fn a(list: u8) { list; }"), none);
    }

    #[test]
    fn names_in_signatures_bodies_impls_and_macros_are_imports() {
        for (text, name) in [
            ("mod tags; pub use tags::Tag; pub fn first() -> Option<Tag> { None }", "Tag"),
            ("mod tags; use tags as labels; impl labels::Tag { fn name(&self) {} }", "Tag"),
            ("mod tags; fn all() { tags::list() }", "list"),
            ("mod tags; pub use tags::list; fn all() { let list = list(); }", "list"),
            (r#"mod tags; fn show() { println!("{}", tags::list()); }"#, "list"),
        ] {
            assert_eq!(imports_of_root(text), [format!("lib.rs -> tags.rs: {name}")], "{text}");
        }
    }

    #[test]
    fn paths_are_seen_from_their_module() {
        let imports = imports_in(&[
            ("lib.rs", "mod a; pub const LIMIT: u8 = 1;"),
            ("a/mod.rs", "mod b; mod c; pub(crate) struct Inner;"),
            (
                "a/b.rs",
                "mod inline { fn get() -> super::super::Inner { super::super::super::LIMIT } }",
            ),
            ("a/c.rs", "use super::super::a::b; use super::*; type Alias = Inner;"),
        ]);
        assert_eq!(
            imports,
            ["a/b.rs -> lib.rs: LIMIT", "a/b.rs -> a/mod.rs: Inner", "a/c.rs -> a/mod.rs: Inner"]
        );
    }

    #[test]
    fn a_name_of_both_a_module_and_a_function_counts_as_it_is_used() {
        let imports = imports_in(&[
            ("lib.rs", "mod planner; mod plan; mod a; mod b; pub use planner::plan;"),
            ("planner.rs", "pub fn plan() {}"),
            ("plan.rs", "pub struct Plan;"),
            ("a.rs", "use crate::plan; fn get() -> plan::Plan { todo!() }"),
            ("b.rs", "use crate::plan; fn get() { plan() }"),
        ]);
        assert_eq!(imports, ["a.rs -> plan.rs: Plan", "b.rs -> planner.rs: plan"]);
    }

    #[test]
    fn a_type_that_a_macro_defines_belongs_to_the_file_of_the_call() {
        let imports = imports_in(&[
            ("lib.rs", "mod ids; mod list; mod show; pub use ids::TagId;"),
            ("ids.rs", "object_id! { /// Text.\n TagId }"),
            ("list.rs", "use crate::TagId; fn first() -> TagId { todo!() }"),
            ("show.rs", "use crate::TagId; shown!(TagId);"),
        ]);
        assert_eq!(imports, ["list.rs -> ids.rs: TagId", "show.rs -> ids.rs: TagId"]);
    }

    #[test]
    fn other_crates_and_imports_of_imports_lead_nowhere() {
        let imports = imports_in(&[
            ("lib.rs", "mod a; mod b; use std::fmt; use ::a::Gone; use serde_json::Value;"),
            ("a.rs", "pub use super::b::*; pub use crate::b::Lost;"),
            ("b.rs", "pub use super::a::*; pub use crate::a::Lost; use Lost as Found;"),
        ]);
        assert_eq!(imports, Vec::<String>::new());
    }

    #[test]
    fn a_circle_lists_its_files_and_names() {
        let sources = made_up_sources(&[
            ("lib.rs", "mod a; mod b; mod c; use a::A;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "use crate::a::A; use crate::c::C; pub struct B(A, C);"),
            ("c.rs", "pub struct C;"),
        ]);
        let finding = circular_files(&sources);
        assert_eq!(finding.figure, 2.0);
        assert_eq!(
            finding.offenders,
            ["2 files of crates/made:\n    a.rs ⇄ b.rs: B\n    b.rs ⇄ a.rs: A"]
        );
    }
}
