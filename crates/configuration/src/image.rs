use std::{collections::BTreeMap, path::PathBuf};

use image_ref::{Platform, Repository};
use release_version::TagTemplate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Argv;

/// An image that is built from the project and pushed under version tags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Image {
    /// Name for reports. Default: the last part of the repository, with the
    /// Dockerfile's suffix when several images share a repository.
    pub name: Option<String>,
    /// Where it is pushed, such as `owner/project` or `ghcr.io/owner/project`.
    #[schemars(with = "String")]
    pub repository: Repository,
    /// Build context, relative to the project.
    #[serde(default = "here")]
    pub context: PathBuf,
    /// Dockerfile, relative to the context.
    #[serde(default = "dockerfile")]
    pub dockerfile: PathBuf,
    /// Stage of the Dockerfile to build. Default: the last one.
    pub target: Option<String>,
    /// Build arguments; values may use the placeholders of tags.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub build_args: BTreeMap<String, TagTemplate>,
    /// Platforms. Default: the engine's own.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub platforms: Vec<Platform>,
    /// Tags that every version gets for itself.
    #[serde(default = "version_tags")]
    #[schemars(with = "Vec<String>")]
    pub tags: Vec<TagTemplate>,
    /// Tags that follow the newest version of their line, moved only after
    /// everything was verified.
    #[serde(default = "floating_tags")]
    #[schemars(with = "Vec<String>")]
    pub floating: Vec<TagTemplate>,
    /// Indexes that must serve the package before the image is built.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Command run in the image in place of its entrypoint; its output must
    /// contain the version.
    pub contains: Option<Argv>,
    /// Command run in the release tree before the image is built.
    pub before: Option<Argv>,
    /// Whether the build may use cached steps.
    #[serde(default = "yes")]
    pub cache: bool,
    /// Network of the build's `RUN` steps, such as `host`.
    pub network: Option<String>,
    /// A failure of this image does not stop the release.
    #[serde(default)]
    pub optional: bool,
}

fn here() -> PathBuf {
    PathBuf::from(".")
}

fn dockerfile() -> PathBuf {
    PathBuf::from("Dockerfile")
}

fn yes() -> bool {
    true
}

fn version_tags() -> Vec<TagTemplate> {
    "{version}".parse().into_iter().collect()
}

fn floating_tags() -> Vec<TagTemplate> {
    "latest".parse().into_iter().collect()
}
