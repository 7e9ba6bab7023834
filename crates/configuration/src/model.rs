use std::{collections::BTreeMap, path::PathBuf};

use release_version::TagTemplate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    Argv, Backups, Benchmark, ComposeProject, Database, Deploy, Github, Image, Index, KeyLines,
    LocalImages, Period, Registry, TextTemplate,
};

/// The whole configuration of a project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(title = "tidegate.toml")]
pub struct Configuration {
    /// The project itself.
    pub project: Project,
    /// The Python package. Without this table, a package is released if
    /// `pyproject.toml` has a `[project]` or `[tool.poetry]` table, or if `setup.cfg` or
    /// `setup.py` names a package.
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
    /// A measurement of every release.
    pub benchmark: Option<Benchmark>,
    /// The Compose projects to stop and start. Default: the one that `docker compose`
    /// finds in the project.
    pub compose: Vec<ComposeProject>,
    /// How local images are cleaned.
    pub local_images: LocalImages,
    /// How the application's services are deployed.
    pub deploy: Deploy,
    /// The databases that are backed up, by a name of your choice. Default: those of the
    /// Compose project's services whose image is one of a database server.
    #[serde(rename = "database")]
    pub databases: BTreeMap<String, Database>,
    /// Where backups of databases are kept.
    pub backups: Backups,
    /// Package indexes: additional ones, or other endpoints for `pypi` and `testpypi`.
    #[serde(rename = "index")]
    pub indexes: BTreeMap<String, Index>,
    /// Settings of container registries, by the host name in image references.
    #[serde(rename = "registry")]
    pub registries: BTreeMap<String, Registry>,
    /// Where each key is written.
    #[serde(skip)]
    pub lines: KeyLines,
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
    /// Commands that run after everything is published and verified, such as an
    /// announcement. A failure does not undo the release.
    pub after_release: Vec<Argv>,
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
    /// Wheels that the commands of `before` build, such as cibuildwheel or maturin: path
    /// patterns relative to the package's folder, such as `wheelhouse/*.whl`. They are
    /// checked and released beside the sdist.
    pub wheels: Vec<String>,
    /// Names, with `*`, of artifacts with wheels that the workflows of `github.wait-for`
    /// upload for the release commit, such as `wheels-*`.
    pub wheel_artifacts: Vec<String>,
    /// Whether a wheel is built from the sdist on this machine. Default: only when
    /// neither `wheels` nor `wheel-artifacts` is set.
    pub build_wheel: Option<bool>,
    /// Whether attestations (PEP 740) are made with `pypi-attestations` and uploaded. They
    /// need the identity of a trusted publisher. Default: when both are present.
    pub attestations: Option<bool>,
    /// Command that updates the lock file for the new version. Default: for
    /// `uv.lock`, `pixi.lock` and `Cargo.lock` that contain the package's own version,
    /// the program that created them.
    pub lock: Option<Argv>,
    /// Files that the lock command may change.
    pub lock_files: Vec<PathBuf>,
    /// How the package is tested in a clean environment.
    pub install_check: InstallCheck,
    /// The last release, when it is intended that the package lacks files which that
    /// release has.
    pub files_removed_since: Option<String>,
}

impl Default for Package {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("."),
            indexes: vec!["testpypi".to_owned(), "pypi".to_owned()],
            version_files: Vec::new(),
            before: Vec::new(),
            wheels: Vec::new(),
            wheel_artifacts: Vec::new(),
            build_wheel: None,
            attestations: None,
            lock: None,
            lock_files: vec![PathBuf::from("uv.lock"), PathBuf::from("poetry.lock")],
            install_check: InstallCheck::default(),
            files_removed_since: None,
        }
    }
}

impl Package {
    /// Whether a wheel is built from the sdist on this machine: a wheel of this machine
    /// beside those that were built for many would be refused, or would replace one.
    #[must_use]
    pub fn builds_wheel(&self) -> bool {
        let is_elsewhere = !self.wheels.is_empty() || !self.wheel_artifacts.is_empty();
        self.build_wheel.unwrap_or(!is_elsewhere)
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

/// How the package is tested in a clean environment: the built wheel before anything
/// is public, and after each upload what the index serves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct InstallCheck {
    /// Modules that must be importable. Default: the module of the package's name, else
    /// the only one that it has, else none.
    pub modules: Option<Vec<String>>,
    /// Command whose output must contain the version.
    pub version_command: Option<Argv>,
    /// Commands that must succeed.
    pub commands: Vec<Argv>,
    /// Extras to install with the package.
    pub extras: Vec<String>,
    /// Whether dependencies are installed too. Default: they are before anything is
    /// public, and are left out after an upload, because test indexes lack most of them.
    pub dependencies: Option<bool>,
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
    /// Message of the tag; placeholders as in tags, and `{tag}`, `{summary}`,
    /// `{changelog}`, `{images}`, `{install}`. Default: `Release` and the tag.
    pub tag_message: Option<TextTemplate>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Changelog {
    /// The file, in Markdown or reStructuredText; with `{version}`, each version has a page
    /// of its own. Default: the one that towncrier or scriv writes, or the only one that is
    /// named as changelogs are.
    pub file: Option<PathBuf>,
    /// Generate the section from commit messages (Conventional Commits) if there
    /// is none.
    pub generate: bool,
    /// Refuse a release without a section. Default: true if there is a changelog.
    pub required: Option<bool>,
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
    /// Commands that test the built package and images before anything is public, one
    /// after the other.
    pub after_build: Vec<Argv>,
    /// Versions of Python, such as `3.12`, for each of which the checks run and the
    /// built wheel is installed. Default: the Python that builds the package.
    pub pythons: Vec<String>,
    /// Maximum duration of each.
    pub timeout: Period,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            before_release: Vec::new(),
            after_build: Vec::new(),
            pythons: Vec::new(),
            timeout: Period::seconds(3600),
        }
    }
}
