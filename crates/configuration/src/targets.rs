use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Period;

/// A package index. `pypi` and `testpypi` are known; others state where they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Index {
    /// Where files are uploaded to.
    pub upload: Option<Url>,
    /// Base of the simple pages.
    pub simple: Option<Url>,
    /// Base of the JSON API (`…/pypi`), where the index has one.
    pub json: Option<Url>,
    /// A failure of this index does not stop the release.
    pub optional: bool,
    /// How long the index may take to list what it accepted (default 10m).
    pub deadline: Option<Period>,
}

/// A container registry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Registry {
    /// Base address of its API, when it is not the usual one of its name.
    pub url: Option<Url>,
    /// Images here can be pulled only with credentials: verification uses them.
    pub private: bool,
}

/// The GitHub repository whose releases are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Github {
    /// `owner/name`.
    pub repository: String,
    /// Base address of the API, when it is not the public one.
    pub url: Option<Url>,
    /// Base address for uploads, when it is not the public one.
    pub uploads: Option<Url>,
    /// Further files to attach, relative to the release tree. The package's
    /// files and their checksums are always attached.
    #[serde(default)]
    pub assets: Vec<PathBuf>,
    /// Workflow files that must be green for the release commit before images
    /// are pushed, such as `ci.yml`.
    #[serde(default)]
    pub wait_for: Vec<String>,
    /// How long workflows may take.
    #[serde(default = "an_hour")]
    pub wait: Period,
    /// A failure of the forge release does not stop the release.
    #[serde(default)]
    pub optional: bool,
}

fn an_hour() -> Period {
    Period::seconds(3600)
}
