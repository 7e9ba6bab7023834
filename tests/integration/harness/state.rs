use std::{collections::BTreeMap, path::Path};

use rehearsal::{
    LoggedRequest,
    forge::ForgeState,
    index::{IndexState, UploadCount},
    oci::RegistryState,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use test_harness::Git;

use super::Scene;

/// All that a release may change, as a value: equal worlds with equal releases
/// have equal states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FinalState {
    pub(crate) indexes: BTreeMap<String, IndexState>,
    pub(crate) registry: Option<RegistryState>,
    pub(crate) forge: Option<ForgeState>,
    pub(crate) git: GitState,
}

/// A repository, its remote, and the user's work tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct GitState {
    pub(crate) remote: BTreeMap<String, String>,
    pub(crate) local: BTreeMap<String, String>,
    pub(crate) head: String,
    pub(crate) status: String,
    /// Checkouts besides the user's own.
    pub(crate) worktrees: usize,
    /// SHA-256 of the files in the user's folder.
    pub(crate) files: BTreeMap<String, String>,
}

impl FinalState {
    pub(super) fn of(scene: &Scene) -> Self {
        let indexes = scene.services.indexes.iter();
        Self {
            indexes: indexes.map(|(name, index)| (name.clone(), index.state())).collect(),
            registry: scene.services.registry.as_ref().map(|registry| registry.state()),
            forge: scene.services.forge.as_ref().map(|forge| forge.state()),
            git: GitState::of(scene),
        }
    }

    /// Lines that only one of both has; empty for equal states.
    pub(super) fn differences(&self, expected: &Self) -> String {
        if self == expected {
            return String::new();
        }
        let [ours, theirs] = [self, expected].map(serde_json::to_string_pretty);
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        let only = |mark: &str, here: &str, there: &str| -> String {
            let missing = here.lines().filter(|line| !there.lines().any(|other| other == *line));
            missing.map(|line| format!("{mark}{line}\n")).collect()
        };
        only("+", &ours, &theirs) + &only("-", &theirs, &ours) + "(or an order)\n"
    }
}

impl GitState {
    fn of(scene: &Scene) -> Self {
        let git = scene.git();
        let mut files = BTreeMap::new();
        let root = scene.root();
        hash_files(&root, &root, &mut files);
        Self {
            remote: refs(&git.at(&scene.remote())),
            local: refs(&git),
            head: git.run(&["symbolic-ref", "HEAD"]),
            status: git.run(&["status", "--porcelain", "--ignored"]),
            worktrees: git.run(&["worktree", "list"]).lines().count() - 1,
            files,
        }
    }
}

fn refs(git: &Git) -> BTreeMap<String, String> {
    let listed = git.run(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let pair = |line: &str| {
        let (name, object) = line.split_once(' ').unwrap();
        (name.to_owned(), object.to_owned())
    };
    listed.lines().map(pair).collect()
}

fn hash_files(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != ".git" {
            hash_files(root, &path, found);
        } else if path.is_file() {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let digest = Sha256::digest(std::fs::read(&path).unwrap());
            found.insert(name, digest.iter().map(|byte| format!("{byte:02x}")).collect());
        }
    }
}

/// How often each thing was published: accepted uploads by file, and successful
/// writing requests to the registry's manifests and to the forge.
pub(super) fn published(scene: &Scene) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for (name, index) in &scene.services.indexes {
        for (file, UploadCount { stored, repeated, .. }) in index.uploads() {
            *counts.entry(format!("{name}: {file}")).or_default() += stored + repeated;
        }
    }
    for (server, request) in scene.services.requests() {
        let succeeded = request.status.is_some_and(|status| status.is_success());
        if succeeded && publishes(&server, &request) {
            let what = format!("{server}: {} {}", request.method, request.path_and_query);
            *counts.entry(what).or_default() += 1;
        }
    }
    counts
}

fn publishes(server: &str, request: &LoggedRequest) -> bool {
    let method = request.method.as_str();
    match server {
        "registry" => method == "PUT" && request.path_and_query.contains("/manifests/"),
        // Publishing a draft once more changes nothing.
        "forge" => method == "POST",
        _ => false,
    }
}
