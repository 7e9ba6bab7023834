//! The crates of the workspace and what each depends on, from `cargo metadata`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A crate of the workspace.
pub(crate) struct Crate {
    pub(crate) folder: PathBuf,
    pub(crate) description: Option<String>,
    /// Names of the dependencies of normal builds; ours without their prefix.
    pub(crate) dependencies: BTreeSet<String>,
}

/// Every crate of the workspace by its name without the prefix that keeps it free on
/// the registry.
pub(crate) fn workspace_crates() -> BTreeMap<String, Crate> {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (short_name(package), read_crate(package))).collect()
}

fn read_crate(package: &Value) -> Crate {
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    Crate {
        folder: manifest.parent().unwrap().to_owned(),
        description: package["description"].as_str().map(str::to_owned),
        dependencies: dependencies.filter(|one| one["kind"].is_null()).map(short_name).collect(),
    }
}

fn short_name(package: &Value) -> String {
    let name = package["name"].as_str().unwrap();
    name.strip_prefix("tidegate-").unwrap_or(name).to_owned()
}

/// Every crate of the workspace that `name` links, directly or not.
pub(crate) fn linked_crates(crates: &BTreeMap<String, Crate>, name: &str) -> BTreeSet<String> {
    let mut linked = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        let Some(found) = crates.get(&next) else { continue };
        let new = found.dependencies.iter().filter(|used| crates.contains_key(*used));
        open.extend(new.filter(|used| linked.insert((*used).clone())).cloned());
    }
    linked
}
