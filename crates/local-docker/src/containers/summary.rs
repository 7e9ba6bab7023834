use std::collections::BTreeMap;

use image_ref::ImageId;
use serde::Deserialize;

use super::{
    attachments::{Mount, MountResponse, NetworkSettings},
    id::ContainerId,
    state::ContainerState,
};
use crate::client::wire::{or_default, parse_lenient};

/// A container as `docker ps` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerSummary {
    /// The engine's identifier.
    pub id: ContainerId,
    /// Its name, without the slash.
    pub name: String,
    /// The image as the list prints it: the reference that was requested, or an
    /// ID when that reference means another image by now.
    pub image: String,
    /// The image it was created from.
    pub image_id: Option<ImageId>,
    /// Whether it runs.
    pub state: ContainerState,
    /// For people: `Up 3 hours (healthy)`.
    pub status: String,
    /// Its labels, including those of its image.
    pub labels: BTreeMap<String, String>,
    /// Names of its networks, in alphabetical order.
    pub networks: Vec<String>,
    /// What is mounted into it.
    pub mounts: Vec<Mount>,
}

/// An entry of `GET /containers/json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContainerListEntry {
    id: ContainerId,
    #[serde(default, deserialize_with = "or_default")]
    names: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    image: String,
    #[serde(rename = "ImageID")]
    image_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    state: ContainerState,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    network_settings: NetworkSettings,
    #[serde(default, deserialize_with = "or_default")]
    mounts: Vec<MountResponse>,
}

impl From<ContainerListEntry> for ContainerSummary {
    fn from(entry: ContainerListEntry) -> Self {
        Self {
            name: primary_name(&entry.names),
            id: entry.id,
            image: entry.image,
            image_id: parse_lenient(entry.image_id),
            state: entry.state,
            status: entry.status,
            labels: entry.labels,
            networks: entry.network_settings.names(),
            mounts: entry.mounts.into_iter().map(Mount::from).collect(),
        }
    }
}

/// `/name`; a container that others link to also has names such as `/other/alias`.
fn primary_name(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| name.trim_start_matches('/')).collect();
    let primary = names.iter().find(|name| !name.contains('/')).or(names.first());
    primary.copied().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a4baf5d9b98296f4b3dc2efd6153e12bfd9bb76c30305b7776fc99de41dec74e";

    fn container(members: &str) -> ContainerSummary {
        let recorded = format!(r#"{{"Id":"{ID}",{members}}}"#);
        serde_json::from_str::<ContainerListEntry>(&recorded).unwrap().into()
    }

    #[test]
    fn a_container_of_api_1_41_is_read() {
        let container = container(
            r#""Names":["/web/alias","/oneoff1"],"Image":"tidegate-exp:1","Command":"sh","Created":1795221221,"Ports":[],
            "ImageID":"sha256:986e03826cbbc648788b801d6a93e77c4c09b5228137fc7e6cf63e9bcc19186a",
            "Labels":{"a":"b"},"State":"running","Status":"Up 2 hours (healthy)","HostConfig":{"NetworkMode":"exp1_back"},
            "NetworkSettings":{"Networks":{"exp1_back":{"IPAMConfig":null},"also":null}},
            "Mounts":[{"Type":"volume","Name":"exp1_data","Source":"/v/_data","Destination":"/data","Driver":"local"},
            {"Type":"tmpfs","Source":"","Destination":"/tmp"}]"#,
        );
        assert_eq!((container.name.as_str(), container.id.as_str()), ("oneoff1", ID));
        assert_eq!(container.networks, ["also", "exp1_back"]);
        assert_eq!(container.state, ContainerState::Running);
        assert_eq!(container.status, "Up 2 hours (healthy)");
        assert!(container.image_id.is_some() && container.labels["a"] == "b");
        let [data, tmp] = container.mounts.as_slice() else { panic!("{:?}", container.mounts) };
        assert_eq!((data.name.as_deref(), data.target.as_str()), (Some("exp1_data"), "/data"));
        assert_eq!((tmp.kind.as_str(), &tmp.name, &tmp.source), ("tmpfs", &None, &None));
    }

    #[test]
    fn missing_null_or_new_members_do_not_hide_a_container() {
        let expected = container(r#""State":"hatching""#);
        assert_eq!(expected.state, ContainerState::Other("hatching".to_owned()));
        let null = r#""Names":null,"Image":null,"ImageID":"","Labels":null,"Mounts":null,"NetworkSettings":null"#;
        assert_eq!(
            container(&format!(r#"{null},"Status":null,"State":"hatching","New":[{{}}]"#)),
            expected
        );
        assert_eq!(container(r#""Names":[]"#).state.as_str(), "unknown");
        assert_eq!((expected.name.as_str(), expected.image_id), ("", None));
    }

    #[test]
    fn a_container_without_an_identifier_is_an_error() {
        assert!(
            serde_json::from_str::<ContainerListEntry>(r#"{"Id":"web","State":"running"}"#)
                .is_err()
        );
    }
}
