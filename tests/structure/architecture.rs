//! The map of crates: dependencies point downwards only, and what talks to the
//! outside is in one place each.

use std::collections::BTreeSet;

use crate::crates::{linked_crates, root, workspace_crates};

/// Layers from the bottom up; a crate may use those of lower layers only.
pub(crate) const LAYERS: [(&str, &[&str]); 14] = [
    ("vocabulary", &["image-ref", "probe", "release-version", "step-plan"]),
    ("image documents", &["oci-image"]),
    ("transports and records", &["transport", "process", "journal", "report", "configuration"]),
    (
        "adapters",
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
    ),
    ("adapters in containers", &["database"]),
    ("planners", &["release-plan", "image-retention", "backup-retention"]),
    ("stores", &["backup-store"]),
    ("embedded servers", &["rehearsal"]),
    ("every operation", &["operation"]),
    ("mechanism", &["compose-runtime", "step-runner", "cli"]),
    ("mechanism of databases", &["project-databases"]),
    (
        "capabilities",
        &["release", "compose-lifecycle", "image-cleaning", "deployment", "database-backup"],
    ),
    ("capabilities of a release", &["rehearse"]),
    (
        "programs",
        &[
            "full-release",
            "verify-release",
            "clean-local-images",
            "stop-compose",
            "up-compose",
            "deploy",
            "rollback",
            "deployment-status",
            "backup-databases",
            "restore-database",
        ],
    ),
];

/// Not part of the map: it uses what it tests.
const TESTS: &str = "integration-tests";

/// What of the capabilities and embedded servers each program links.
const CAPABILITIES: [(&str, &[&str]); 10] = [
    ("full-release", &["rehearsal", "rehearse", "release"]),
    ("verify-release", &["release"]),
    ("clean-local-images", &["image-cleaning"]),
    ("stop-compose", &["compose-lifecycle"]),
    ("up-compose", &["compose-lifecycle"]),
    ("deploy", &["deployment"]),
    ("rollback", &["deployment"]),
    ("deployment-status", &["deployment"]),
    ("backup-databases", &["database-backup"]),
    ("restore-database", &["database-backup"]),
];

/// Libraries that one crate alone may use.
const SOLE_USERS: [(&str, &str); 6] = [
    ("reqwest", "transport"),
    ("oci-client", "registry-dockerhub"),
    ("bollard", "local-docker"),
    ("kube", "kubernetes"),
    ("object_store", "backup-store"),
    ("clap", "cli"),
];

/// Names of crates that collect what belongs nowhere.
const COLLECTIONS: [&str; 5] = ["utils", "util", "helpers", "common", "misc"];

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, crates)| crates.contains(&name))
}

fn crates_of(layer: &str) -> &'static [&'static str] {
    LAYERS.iter().find(|(name, _)| *name == layer).map_or(&[], |(_, crates)| crates)
}

#[test]
fn dependencies_point_downwards() {
    let mut wrong = Vec::new();
    for (name, package) in workspace_crates().iter().filter(|(name, _)| *name != TESTS) {
        let own = layer(name).unwrap_or_else(|| panic!("{name} has no layer: add it to the map"));
        for used in &package.dependencies {
            if layer(used).is_some_and(|below| below >= own) {
                wrong.push(format!("{name} uses {used}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_program_links_its_own_capability_and_no_embedded_server_unless_it_rehearses() {
    let crates = workspace_crates();
    let layers = ["capabilities", "capabilities of a release", "embedded servers"];
    let foreign: BTreeSet<&str> =
        layers.iter().flat_map(|layer| crates_of(layer)).copied().collect();
    for program in crates_of("programs") {
        let linked = linked_crates(&crates, program);
        let used: Vec<&str> =
            linked.iter().map(String::as_str).filter(|name| foreign.contains(name)).collect();
        let own = CAPABILITIES.iter().find(|(name, _)| name == program);
        assert_eq!(used, own.map_or(&[][..], |(_, own)| own), "{program}");
    }
}

#[test]
fn each_outside_library_has_one_user() {
    let crates = workspace_crates();
    for (library, user) in SOLE_USERS {
        let libraries = crates
            .iter()
            .filter(|(name, _)| *name != TESTS && !crates_of("programs").contains(&name.as_str()));
        let users: Vec<&String> = libraries
            .filter(|(_, package)| package.dependencies.contains(library))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(users, [user], "{library}");
    }
}

#[test]
fn planners_and_vocabulary_do_no_input_or_output() {
    let crates = workspace_crates();
    let layers = ["vocabulary", "image documents", "planners"];
    for name in layers.iter().flat_map(|layer| crates_of(layer)) {
        for library in ["tokio", "transport", "process", "reqwest", "bollard"] {
            assert!(!crates[*name].dependencies.contains(library), "{name} uses {library}");
        }
    }
}

#[test]
fn programs_are_thin() {
    for program in crates_of("programs") {
        let main = root().join("bins").join(program).join("src/main.rs");
        let lines = std::fs::read_to_string(&main).unwrap().lines().count();
        assert!(lines <= 80, "{} has {lines} lines", main.display());
    }
}

#[test]
fn every_crate_describes_itself_and_none_is_a_collection_of_leftovers() {
    for (name, package) in workspace_crates() {
        assert!(!COLLECTIONS.contains(&name.as_str()), "{name}");
        assert!(package.description.is_some(), "{name} has no description");
        let is_library = package.folder.starts_with(root().join("crates").canonicalize().unwrap());
        assert!(!is_library || package.folder.join("README.md").is_file(), "{name}: no README.md");
    }
}

#[test]
fn no_lock_file_or_script_names_a_mirror() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources = lock.lines().filter(|line| line.starts_with("source = "));
    let usual = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    assert!(sources.into_iter().all(|line| line == usual));
}
