use std::{collections::BTreeMap, path::PathBuf};

use release_version::TagTemplate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Argv, ComposeProject, Github, Image, Index, LocalImages, Period, Registry};

/// The whole configuration of a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "tidegate.toml")]
pub struct Configuration {
    /// The project itself.
    pub project: Project,
    /// The Python package. Without this table, a package is released if
    /// `pyproject.toml` has a `[project]` or `[tool.poetry]` table.
    pub package: Option<Package>,
    /// The images, in display order.
    #[serde(rename = "image")]
    pub images: Vec<Image>,
    /// The remote, branch, tag and messages of a release.
    pub git: Git,
    /// The GitHub repository whose releases are published.
    pub github: Option<Github>,
    /// The source of release notes.
    pub changelog: Changelog,
    /// Commands that must succeed before anything is published.
    pub checks: Checks,
    /// The Compose projects to stop and start. Default: the one that `docker compose`
    /// finds in the project.
    pub compose: Vec<ComposeProject>,
    /// How local images are cleaned.
    pub local_images: LocalImages,
    /// Package indexes: additional ones, or other endpoints for `pypi` and `testpypi`.
    #[serde(rename = "index")]
    pub indexes: BTreeMap<String, Index>,
    /// Settings of container registries, by the host name in image references.
    #[serde(rename = "registry")]
    pub registries: BTreeMap<String, Registry>,
}

impl Configuration {
    /// Registries that are at another address than the usual one of their name.
    pub fn registry_urls(&self) -> impl Iterator<Item = (&str, Url)> {
        self.registries
            .iter()
            .filter_map(|(name, registry)| Some((name.as_str(), registry.url.clone()?)))
    }
}

/// The project itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Project {
    /// Name in reports and of the journal's folder. Default: the package's name,
    /// else the name of the folder.
    pub name: Option<String>,
}

/// The Python package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Package {
    /// Folder of `pyproject.toml`, relative to the project.
    pub directory: PathBuf,
    /// Indexes to upload to, in order; each must serve the files before they are
    /// uploaded to the next.
    pub indexes: Vec<String>,
    /// Files that contain the version, in addition to `pyproject.toml`.
    pub version_files: Vec<VersionFile>,
    /// Commands that run in the package's folder before it is built, such as those that
    /// generate sources. What they create is part of sdist and wheel as the build
    /// backend decides.
    pub before: Vec<Argv>,
    /// Command that updates the lock file after a version change. Default: for
    /// `uv.lock`, `pixi.lock` and `Cargo.lock` that contain the package's own version,
    /// the program that created them.
    pub lock: Option<Argv>,
    /// Files that the lock command may change.
    pub lock_files: Vec<PathBuf>,
    /// How the package is tested in a clean environment.
    pub install_check: InstallCheck,
}

impl Default for Package {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("."),
            indexes: vec!["testpypi".to_owned(), "pypi".to_owned()],
            version_files: Vec::new(),
            before: Vec::new(),
            lock: None,
            lock_files: vec![PathBuf::from("uv.lock"), PathBuf::from("poetry.lock")],
            install_check: InstallCheck::default(),
        }
    }
}

/// A file that contains the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum VersionFile {
    /// A Python file: the generated `__version__`, `__git_commit__` and
    /// `__git_describe__`, or any file with a `__version__` line.
    Python(PathBuf),
    /// Any file, by a regular expression.
    Pattern(PatternFile),
}

/// A file in which a regular expression finds the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PatternFile {
    /// The file, relative to the project.
    pub path: PathBuf,
    /// A regular expression whose one group is the version.
    pub pattern: String,
}

impl VersionFile {
    /// The file, relative to the project.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        match self {
            Self::Python(path) | Self::Pattern(PatternFile { path, .. }) => path,
        }
    }

    /// The regular expression, if the file has one.
    #[must_use]
    pub fn pattern(&self) -> Option<&str> {
        match self {
            Self::Python(_) => None,
            Self::Pattern(file) => Some(&file.pattern),
        }
    }
}

/// How the installed package is tested in a clean environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct InstallCheck {
    /// Module to import. Default: none.
    pub module: Option<String>,
    /// Command whose output must contain the version. Default: if the package has a
    /// script with its own name, `NAME --help` must succeed.
    pub command: Option<Argv>,
    /// Whether to install dependencies too. TestPyPI lacks most of them.
    pub dependencies: bool,
}

/// The remote, branch, tag and messages of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Git {
    /// Name of the remote.
    pub remote: String,
    /// The branch from which releases are made. Default: the checked-out branch.
    pub branch: Option<String>,
    /// Name of the annotated tag. Default: the shape of the tags that exist
    /// (`v{version}`, `{version}`, `NAME-v{version}`, …), else `v{version}`.
    #[schemars(with = "Option<String>")]
    pub tag: Option<TagTemplate>,
    /// Message of the release commit; placeholders as in tags.
    #[schemars(with = "String")]
    pub commit_message: TagTemplate,
    /// Message of the tag; placeholders as in tags. Default: `Release` and the tag.
    #[schemars(with = "Option<String>")]
    pub tag_message: Option<TagTemplate>,
}

impl Default for Git {
    fn default() -> Self {
        let template = |text: &str| text.parse().expect("a constant template is well-formed");
        Self {
            remote: "origin".to_owned(),
            branch: None,
            tag: None,
            commit_message: template("Bump version to {version}"),
            tag_message: None,
        }
    }
}

/// The source of release notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Changelog {
    /// The file, in the format of Keep a Changelog.
    pub file: PathBuf,
    /// Generate the section from commit messages (Conventional Commits) if there
    /// is none.
    pub generate: bool,
    /// Refuse a release without a section. Default: true if the file exists.
    pub required: Option<bool>,
}

impl Default for Changelog {
    fn default() -> Self {
        Self { file: PathBuf::from("CHANGELOG.md"), generate: false, required: None }
    }
}

/// Commands that must succeed before anything is published. They run in a
/// clean checkout of the release commit, with `TIDEGATE_VERSION`,
/// `TIDEGATE_PEP440_VERSION`, `TIDEGATE_TAG`, `TIDEGATE_COMMIT` and
/// `TIDEGATE_PROJECT_DIR` (the original folder) in the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Checks {
    /// Commands, one after the other.
    pub before_release: Vec<Argv>,
    /// Maximum duration of each.
    pub timeout: Period,
}

impl Default for Checks {
    fn default() -> Self {
        Self { before_release: Vec::new(), timeout: Period::seconds(3600) }
    }
}
