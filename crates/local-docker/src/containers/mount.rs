use serde::Deserialize;

use crate::engine::lenient::{or_default, present};

/// Something mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The engine's word: `volume`, `bind`, `tmpfs`, `image` …
    pub kind: String,
    /// A volume's name.
    pub name: Option<String>,
    /// Where it comes from: a folder of the engine's machine, or what an
    /// image was asked for by.
    pub source: Option<String>,
    /// Where it is in the container.
    pub target: String,
}

/// An entry of `Mounts`, where the place in the container is `Destination`, or
/// of `HostConfig.Mounts`, where it is `Target`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MountAnswer {
    #[serde(rename = "Type", deserialize_with = "or_default")]
    kind: String,
    name: Option<String>,
    source: Option<String>,
    #[serde(alias = "Target", deserialize_with = "or_default")]
    destination: String,
}

impl From<MountAnswer> for Mount {
    fn from(answer: MountAnswer) -> Self {
        Self {
            kind: answer.kind,
            name: present(answer.name),
            source: present(answer.source),
            target: answer.destination,
        }
    }
}
