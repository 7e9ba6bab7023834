use std::collections::BTreeMap;

use image_ref::ImageId;
use serde::Deserialize;

use super::{ContainerId, ContainerState, Mount, mount::MountAnswer};
use crate::{
    Engine, EngineError,
    engine::{
        filter,
        lenient::{or_default, word},
    },
};

/// A container as the engine's list tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The engine's identifier.
    pub id: ContainerId,
    /// Its name, without the slash.
    pub name: String,
    /// What it was made from, as the list prints it: the reference asked for,
    /// or an ID when that reference means another image by now.
    pub image: String,
    /// The image it was made from.
    pub image_id: Option<ImageId>,
    /// What it does.
    pub state: ContainerState,
    /// For people: `Up 3 hours (healthy)`.
    pub status: String,
    /// Its labels, with those of its image.
    pub labels: BTreeMap<String, String>,
    /// Names of its networks, in alphabetical order.
    pub networks: Vec<String>,
    /// What is mounted into it.
    pub mounts: Vec<Mount>,
}

impl Engine {
    /// Containers in every state; with `label`, those that have it (`name` or
    /// `name=value`).
    ///
    /// # Errors
    /// When the engine does not answer, or names a container in a way that
    /// cannot be read: a container left out could not protect its image.
    pub async fn containers(&self, label: Option<&str>) -> Result<Vec<Container>, EngineError> {
        let path = format!("/containers/json?all=true&{}", filter(label));
        let answer: Vec<ListAnswer> = self.get(&path, "list containers").await?;
        Ok(answer.into_iter().map(Container::from).collect())
    }
}

/// `GET /containers/json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListAnswer {
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
    network_settings: Networks,
    #[serde(default, deserialize_with = "or_default")]
    mounts: Vec<MountAnswer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Networks {
    #[serde(deserialize_with = "or_default")]
    networks: BTreeMap<String, serde::de::IgnoredAny>,
}

impl Networks {
    pub(super) fn names(self) -> Vec<String> {
        self.networks.into_keys().collect()
    }
}

impl From<ListAnswer> for Container {
    fn from(answer: ListAnswer) -> Self {
        Self {
            name: own_name(&answer.names),
            id: answer.id,
            image: answer.image,
            image_id: word(answer.image_id),
            state: answer.state,
            status: answer.status,
            labels: answer.labels,
            networks: answer.network_settings.names(),
            mounts: answer.mounts.into_iter().map(Mount::from).collect(),
        }
    }
}

/// `/name`; a container that others link to also has names such as `/other/alias`.
fn own_name(names: &[String]) -> String {
    let names = || names.iter().map(|name| name.trim_start_matches('/'));
    names()
        .find(|name| !name.contains('/'))
        .or_else(|| names().next())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a4baf5d9b98296f4b3dc2efd6153e12bfd9bb76c30305b7776fc99de41dec74e";

    fn container(members: &str) -> Container {
        let recorded = format!(r#"{{"Id":"{ID}",{members}}}"#);
        serde_json::from_str::<ListAnswer>(&recorded).unwrap().into()
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
    fn what_is_missing_null_or_new_does_not_hide_a_container() {
        let expected = container(r#""State":"hatching""#);
        assert_eq!(expected.state, ContainerState::Other("hatching".to_owned()));
        let null = r#""Names":null,"Image":null,"ImageID":"","Labels":null,"Mounts":null,"NetworkSettings":null"#;
        assert_eq!(
            container(&format!(r#"{null},"Status":null,"State":"hatching","New":[{{}}]"#)),
            expected
        );
        assert_eq!(container(r#""Names":[]"#).state.word(), "unknown");
        assert_eq!((expected.name.as_str(), expected.image_id), ("", None));
    }

    #[test]
    fn a_container_without_an_identifier_is_an_error() {
        assert!(serde_json::from_str::<ListAnswer>(r#"{"Id":"web","State":"running"}"#).is_err());
    }
}
