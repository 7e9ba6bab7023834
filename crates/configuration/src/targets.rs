use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Period, TextTemplate};

/// A package index. `pypi` and `testpypi` are predefined; others need addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Index {
    /// Upload URL.
    pub upload: Option<Url>,
    /// Base URL of the simple index pages.
    pub simple: Option<Url>,
    /// Base URL of the JSON API (`…/pypi/`), if the index has one.
    pub json: Option<Url>,
    /// Base URL of its web pages, where trusted publishing is, if the index has it.
    pub web: Option<Url>,
    /// Base URLs of further simple indexes, which serve dependencies of the package that
    /// this one lacks. Default: PyPI for `testpypi`, else none.
    pub extra_indexes: Vec<Url>,
    /// A private index may get wheels of plain platforms such as `linux_x86_64`, which
    /// run only on machines like the one that built them.
    pub allow_linux_wheels: bool,
    /// A failure of this index does not stop the release.
    pub optional: bool,
    /// How long to wait for the index to list uploaded files (default 10m).
    pub deadline: Option<Period>,
}

/// A container registry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Registry {
    /// Base URL of its API, if it cannot be derived from the host name.
    pub url: Option<Url>,
    /// Images can be pulled only with credentials: verification uses them.
    pub private: bool,
}

/// The GitHub repository whose releases are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Github {
    /// `owner/name`.
    #[serde(deserialize_with = "crate::values::owner_and_name")]
    pub repository: String,
    /// Base URL of the API. Default: the public one.
    pub url: Option<Url>,
    /// Base URL for uploads. Default: the one that the API returns.
    pub uploads: Option<Url>,
    /// Title of the forge release; placeholders as in `git.tag-message`. Default: the tag.
    pub title: Option<TextTemplate>,
    /// Notes of the forge release, in Markdown; placeholders as in `git.tag-message`.
    /// Default: the version's section of the changelog.
    pub notes: Option<TextTemplate>,
    /// Additional files to attach, relative to the checkout. The package's files and
    /// their checksums are always attached.
    #[serde(default)]
    pub assets: Vec<PathBuf>,
    /// Workflow files, such as `ci.yml`, that must succeed for the release commit
    /// before images are pushed.
    #[serde(default)]
    pub wait_for: Vec<String>,
    /// How long to wait for the workflows.
    #[serde(default = "an_hour")]
    pub wait: Period,
    /// A failure of the forge release does not stop the release.
    #[serde(default)]
    pub optional: bool,
}

fn an_hour() -> Period {
    Period::seconds(3600)
}
