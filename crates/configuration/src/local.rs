use std::{num::NonZeroUsize, path::PathBuf};

use image_ref::Repository;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Period;

/// A Compose project: as on the command line of `docker compose`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ComposeProject {
    /// Compose files, relative to the project; later ones extend and override
    /// earlier ones. Default: those that `docker compose` finds.
    pub files: Vec<PathBuf>,
    /// Name of the Compose project. Default: as Compose determines it.
    pub project_name: Option<String>,
    /// Active profiles.
    pub profiles: Vec<String>,
    /// Env files. Default: `.env`.
    pub env_files: Vec<PathBuf>,
}

/// How local images are cleaned. Command-line flags take precedence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LocalImages {
    /// Additional repositories of the project, besides those of `[[image]]` and of
    /// the Compose files.
    #[schemars(with = "Vec<String>")]
    pub repositories: Vec<Repository>,
    /// Number of newest versions to keep in each repository and tag family.
    pub keep: Option<NonZeroUsize>,
    /// Remove only images pulled or tagged longer ago than this, such as `30d`.
    pub older_than: Option<Period>,
    /// References that are always kept, such as `owner/app:stable-*`; `*` matches any
    /// text.
    pub keep_matching: Vec<String>,
    /// Kubeconfig contexts of the clusters to query for images in use. Default: the
    /// current context, if its cluster is on this machine.
    pub kube_contexts: Option<Vec<String>>,
}
