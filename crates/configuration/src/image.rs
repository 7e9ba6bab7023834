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
    #[serde(default = "current_folder")]
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
    /// Platforms, in any spelling that Docker reads. Default: the engine's own.
    #[serde(default, deserialize_with = "crate::values::platforms")]
    #[schemars(with = "Vec<String>")]
    pub platforms: Vec<Platform>,
    /// Tags of a single version.
    #[serde(default = "version_tags")]
    #[schemars(with = "Vec<String>")]
    pub tags: Vec<TagTemplate>,
    /// Tags that follow the newest version of their line; moved only after
    /// everything is verified.
    #[serde(default = "floating_tags")]
    #[schemars(with = "Vec<String>")]
    pub floating: Vec<TagTemplate>,
    /// Indexes that must serve the package before the image is built.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Command to run in the image instead of its entrypoint; its output must
    /// contain the version.
    pub contains: Option<Argv>,
    /// Command to run in the checkout before the image is built.
    pub before: Option<Argv>,
    /// Command that scans the built image before it is pushed; another exit code than 0
    /// stops the release.
    pub scan: Option<Argv>,
    /// Whether the build may use cached steps.
    #[serde(default = "yes")]
    pub cache: bool,
    /// Network of the build's `RUN` steps, such as `host`.
    pub network: Option<String>,
    /// A failure of this image does not stop the release.
    #[serde(default)]
    pub optional: bool,
}

/// A name for each image, for reports and step identifiers: the one it states,
/// else the last part of its repository; where several would be equal, with
/// the suffix of the Dockerfile, else with a number.
#[must_use]
pub fn image_names(images: &[Image]) -> Vec<String> {
    let plain: Vec<String> = images.iter().map(Image::plain_name).collect();
    let shared = |name: &String| plain.iter().filter(|other| *other == name).count() > 1;
    let mut names: Vec<String> = Vec::new();
    for (image, name) in images.iter().zip(&plain) {
        let suffix =
            image.dockerfile.extension().map(|suffix| suffix.to_string_lossy().into_owned());
        let base = match suffix {
            Some(suffix) if shared(name) && image.name.is_none() => format!("{name}-{suffix}"),
            _ => name.clone(),
        };
        let numbered = (2..).map(|number| format!("{base}-{number}"));
        let free = std::iter::once(base.clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

impl Image {
    fn plain_name(&self) -> String {
        let path = self.repository.path();
        let last = path.rsplit('/').next().unwrap_or(path);
        self.name.clone().unwrap_or_else(|| last.to_owned())
    }
}

fn current_folder() -> PathBuf {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_that_share_a_repository_are_told_apart_by_their_dockerfile() {
        let text = "
            [[image]]
            repository = \"a/tool\"
            [[image]]
            repository = \"a/tool\"
            dockerfile = \"Dockerfile.cron\"
            [[image]]
            repository = \"a/tool\"
            [[image]]
            repository = \"a/other\"
            name = \"web\"
        ";
        let images = crate::parse(text).unwrap().images;
        assert_eq!(image_names(&images), ["tool", "tool-cron", "tool-2", "web"]);
    }
}
