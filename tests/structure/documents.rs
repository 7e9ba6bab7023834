//! Documents that are generated from the code, and the test that they are current.
//!
//! `UPDATE_DOCUMENTS=1 cargo test -p integration-tests --test structure documents` writes them.

use std::{collections::BTreeMap, path::Path};

use crate::{
    architecture::LAYERS,
    crates::{Crate, root, workspace_crates},
};

/// Lines of `docs/architecture.md` between which the table of dependencies is.
const MARKERS: [&str; 2] = ["<!-- dependencies: generated -->", "<!-- dependencies: end -->"];

/// Compares a document with its generated text, or writes it.
fn assert_current(path: &Path, generated: &str) {
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(path, generated).unwrap();
    }
    let current = std::fs::read_to_string(path).unwrap_or_default();
    let advice =
        "run `UPDATE_DOCUMENTS=1 cargo test -p integration-tests --test structure documents`";
    assert!(current == generated, "{} is not current: {advice}", path.display());
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let schema = serde_json::to_string_pretty(&configuration::json_schema()).unwrap() + "\n";
    assert_current(&root().join("docs/tidegate.schema.json"), &schema);
}

#[test]
fn the_table_of_dependencies_is_that_of_the_manifests() {
    let path = root().join("docs/architecture.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(MARKERS[0]).unwrap();
    let (_, after) = rest.split_once(MARKERS[1]).unwrap();
    let table = dependency_table(&workspace_crates());
    let generated = [before, MARKERS[0], "\n", &table, MARKERS[1], after].concat();
    assert_current(&path, &generated);
}

/// A fault of the scripts that no test would find is one that may come back.
#[test]
fn the_tests_that_the_guide_for_movers_names_exist() {
    let text = std::fs::read_to_string(root().join("docs/migration.md")).unwrap();
    let (_, faults) = text.split_once("### Faults of the scripts").unwrap();
    let (faults, _) = faults.split_once("\n## ").unwrap();
    let tests = std::fs::read_dir(root().join("tests/integration/deploy")).unwrap();
    let tests = tests.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let tests: String = tests.collect();
    let quoted = faults.split('`').skip(1).step_by(2);
    let named: Vec<&str> = quoted.filter(|name| name.matches('_').count() > 2).collect();
    assert!(named.len() > 15, "{named:?}");
    let missing = named.iter().filter(|name| !tests.contains(&format!("fn {name}()")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// Every crate with what it uses directly, from the top down.
fn dependency_table(crates: &BTreeMap<String, Crate>) -> String {
    let mut table = "| crate | uses |\n|---|---|\n".to_owned();
    for name in LAYERS.iter().rev().flat_map(|(_, names)| names.iter()) {
        let used = crates[*name].dependencies.iter().filter(|used| crates.contains_key(*used));
        let used: Vec<String> = used.map(|used| format!("`{used}`")).collect();
        let used = if used.is_empty() { "–".to_owned() } else { used.join(", ") };
        table.push_str(&format!("| `{name}` | {used} |\n"));
    }
    table
}
