use std::{num::NonZeroUsize, path::PathBuf};

use image_ref::Repository;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::Period;

/// A Compose project: what `docker compose` is told on its command line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ComposeProject {
    /// Compose files, relative to the project; later ones extend and override
    /// earlier ones. Default: those that `docker compose` finds.
    pub files: Vec<PathBuf>,
    /// Name of the Compose project. Default: by the rules of Compose.
    pub project_name: Option<String>,
    /// Profiles that are active.
    pub profiles: Vec<String>,
    /// Files with variables. Default: `.env`.
    pub env_files: Vec<PathBuf>,
}

/// What happens to images in the local engine. Flags win over it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LocalImages {
    /// Further repositories of the project, beside those of `[[image]]` and of
    /// the Compose files.
    #[schemars(with = "Vec<String>")]
    pub repositories: Vec<Repository>,
    /// Newest versions to keep, for each repository and family of tags.
    #[serde(deserialize_with = "at_least_one")]
    pub keep: Option<NonZeroUsize>,
    /// Remove only what was pulled or tagged longer ago, such as `30d`.
    pub older_than: Option<Period>,
    /// References to keep always, such as `owner/app:stable-*`; `*` stands for
    /// any text.
    pub keep_matching: Vec<String>,
    /// Contexts of the kubeconfig whose pods and workloads are asked for the
    /// images that they use. Default: the current one, if its cluster is on this
    /// machine.
    pub kube_contexts: Option<Vec<String>>,
}

/// As serde has it, in words for people.
fn at_least_one<'de, D: Deserializer<'de>>(text: D) -> Result<Option<NonZeroUsize>, D::Error> {
    let number = NonZeroUsize::deserialize(text);
    number.map(Some).map_err(|_| D::Error::custom("write a whole number from 1"))
}
