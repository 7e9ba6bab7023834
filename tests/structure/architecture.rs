//! The map of crates: dependencies point downwards only, and what talks to the
//! outside is in one place each.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::Value;

/// Layers from the bottom up; a crate may use those of lower layers only.
const LAYERS: [&[&str]; 9] = [
    &["image-ref", "probe", "release-version", "step-plan"],
    &["transport", "process", "journal", "report", "configuration"],
    &[
        "registry-pypi",
        "registry-dockerhub",
        "local-docker",
        "compose",
        "kubernetes",
        "github",
        "git",
        "python-project",
    ],
    &["release-plan", "image-retention"],
    &["rehearsal", "operation"],
    &["compose-runtime", "step-runner"],
    // Capabilities: none uses another, except that a rehearsal is a release.
    &["release", "compose-lifecycle", "image-cleaning"],
    &["rehearse", "cli"],
    &[
        "full-release",
        "verify-release",
        "clean-local-images",
        "stop-compose",
        "up-compose",
        "integration-tests",
    ],
];

/// Libraries that one crate alone may use.
const SOLE_USERS: [(&str, &str); 4] = [
    ("reqwest", "transport"),
    ("bollard", "local-docker"),
    ("kube", "kubernetes"),
    ("clap", "cli"),
];

/// Drawers instead of rooms.
const DRAWERS: [&str; 5] = ["utils", "util", "helpers", "common", "misc"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every crate of the workspace, as `cargo metadata` tells it.
fn crates() -> BTreeMap<String, Value> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().clone();
    packages.into_iter().map(|one| (short_name(&one), one)).collect()
}

/// Names of the dependencies of normal builds.
fn dependencies(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().unwrap().iter();
    let normal = all.filter(|one| one["kind"].is_null());
    normal.map(short_name).collect()
}

/// The name of a package or dependency: ours without the prefix that keeps it free
/// on the registry.
fn short_name(package: &Value) -> String {
    let name = package["name"].as_str().unwrap();
    name.strip_prefix("tidegate-").unwrap_or(name).to_owned()
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

#[test]
fn dependencies_point_downwards() {
    let mut wrong = Vec::new();
    for (name, package) in crates() {
        let own = layer(&name).unwrap_or_else(|| panic!("{name} has no layer: add it to the map"));
        for used in dependencies(&package) {
            if layer(&used).is_some_and(|below| below >= own) {
                wrong.push(format!("{name} uses {used}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_outside_library_has_one_user() {
    let crates = crates();
    for (library, user) in SOLE_USERS {
        let users: Vec<&String> = crates
            .iter()
            .filter(|(name, package)| {
                layer(name) < Some(LAYERS.len() - 1)
                    && dependencies(package).iter().any(|one| one == library)
            })
            .map(|(name, _)| name)
            .collect();
        assert_eq!(users, [user], "{library}");
    }
}

#[test]
fn planners_and_vocabulary_do_no_input_or_output() {
    let crates = crates();
    for name in ["image-ref", "probe", "release-version", "release-plan", "image-retention"] {
        let used = dependencies(&crates[name]);
        for library in ["tokio", "transport", "process", "reqwest", "bollard"] {
            assert!(!used.iter().any(|one| one == library), "{name} uses {library}");
        }
    }
}

#[test]
fn programs_are_thin() {
    let folders =
        std::fs::read_dir(root().join("bins")).unwrap().map(|entry| entry.unwrap().path());
    for main in folders.map(|folder| folder.join("src/main.rs")) {
        let lines = std::fs::read_to_string(&main).unwrap().lines().count();
        assert!(lines <= 80, "{} has {lines} lines", main.display());
    }
}

#[test]
fn every_crate_says_what_it_is_for_and_none_is_a_drawer() {
    for (name, package) in crates() {
        assert!(!DRAWERS.contains(&name.as_str()), "{name}");
        assert!(package["description"].is_string(), "{name} has no description");
        let manifest = Path::new(package["manifest_path"].as_str().unwrap()).to_owned();
        let folder = manifest.parent().unwrap();
        let is_library = folder.starts_with(root().join("crates").canonicalize().unwrap());
        assert!(!is_library || folder.join("README.md").is_file(), "{name} has no README.md");
    }
}

#[test]
fn no_lock_file_or_script_names_a_mirror() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources = lock.lines().filter(|line| line.starts_with("source = "));
    let usual = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    assert!(sources.into_iter().all(|line| line == usual));
}

/// Rewrite it with `UPDATE_SCHEMA=1 cargo test -p integration-tests schema`.
#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = root().join("docs/tidegate.schema.json");
    let schema = serde_json::to_string_pretty(&configuration::json_schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == schema,
        "docs/tidegate.schema.json is not current: see this test's comment"
    );
}
