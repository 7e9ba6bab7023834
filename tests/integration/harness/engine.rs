//! What programs leave in the Docker Engine.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest as _, Sha256};

/// Images and containers of some runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Traces {
    pub(crate) images: Vec<String>,
    pub(crate) containers: Vec<String>,
}

/// Where local builds have their names.
const BUILT: &str = "tidegate-build/";

/// Docker's command line; fails the test when there is none.
#[track_caller]
pub(crate) fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .env("DOCKER_BUILDKIT", "0")
        .output()
        .expect("Docker's command line must be installed (see .ci/setup)");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

impl Traces {
    /// Without what a resumed release cannot tell from what was there before: an
    /// image that a killed run pulled, and its container.
    pub(super) fn but_pulled(mut self) -> Self {
        self.images.retain(|image| image.starts_with(BUILT));
        self.containers.clear();
        self
    }

    /// What was built for these releases or pulled from this registry. The name
    /// of a build ends with a hash of the release's folder.
    pub(super) fn find(releases: &[PathBuf], registry: Option<&str>) -> Self {
        let format = "{{.Repository}}|{{.Tag}}|{{.Digest}}|{{.ID}}";
        let listed = docker(&["images", "--all", "--digests", "--format", format]);
        let ends: Vec<String> = releases.iter().map(|folder| name_end(folder)).collect();
        let ours = |repository: &str| {
            let built =
                repository.starts_with(BUILT) && ends.iter().any(|end| repository.ends_with(end));
            built || registry.is_some_and(|host| repository.starts_with(host))
        };
        let name = |line: &str| {
            let parts: Vec<&str> = line.split('|').collect();
            let [repository, tag, digest, _] = parts.as_slice() else { return None };
            ours(repository).then(|| match *tag {
                "<none>" => format!("{repository}@{digest}"),
                tag => format!("{repository}:{tag}"),
            })
        };
        let images: Vec<String> = listed.lines().filter_map(name).collect();
        let running = docker(&["ps", "--all", "--format", "{{.ID}}|{{.Image}}"]);
        let of_ours = |line: &str| {
            let (id, image) = line.split_once('|')?;
            let repository = image.split(['@', ':']).next().unwrap_or_default();
            let ours = images.iter().any(|name| name == image) || ours(repository);
            ours.then(|| id.to_owned())
        };
        let containers = running.lines().filter_map(of_ours).collect();
        Self { images, containers }
    }

    pub(super) fn remove(&self) {
        for container in &self.containers {
            docker(&["rm", "--force", container]);
        }
        for image in &self.images {
            docker(&["rmi", "--force", image]);
        }
    }
}

fn name_end(release: &Path) -> String {
    let hash = Sha256::digest(release.as_os_str().as_encoded_bytes());
    hash[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}
