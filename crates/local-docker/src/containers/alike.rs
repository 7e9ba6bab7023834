//! What a container was created with, and another container of the same.

use std::collections::BTreeMap;

use bollard::{
    models::{ContainerCreateBody, NetworkConnectRequest},
    query_parameters::CreateContainerOptionsBuilder,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{ContainerId, ContainerSpecification, Creation, own_settings::without_image};
use crate::{
    client::{path_segment, wire::or_default},
    error::EngineError,
};

/// `GET /containers/{id}/json`, as far as it is used.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: ContainerId,
    name: String,
    image: String,
    config: Map<String, Value>,
    host_config: Map<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    network_settings: Networks,
    #[serde(default, deserialize_with = "or_default")]
    mounts: Vec<Mounted>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Networks {
    #[serde(default, deserialize_with = "or_default")]
    networks: BTreeMap<String, Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mounted {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    destination: String,
}

/// `GET /images/{id}/json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InspectedImage {
    #[serde(default, deserialize_with = "or_default")]
    config: Map<String, Value>,
}

impl Creation<'_> {
    /// What a container was created with; `None` when it does not exist.
    ///
    /// # Errors
    /// When its image is gone, so that nobody knows what it has from that, or when the
    /// engine does not answer.
    pub async fn specification(
        self,
        id: &ContainerId,
    ) -> Result<Option<ContainerSpecification>, EngineError> {
        let doing = format!("inspect container {}", id.short());
        let path = format!("/containers/{id}/json");
        let Some(container) = self.connection.get_optional::<Inspected>(&path, &doing).await?
        else {
            return Ok(None);
        };
        let path = format!("/images/{}/json", container.image);
        let image: InspectedImage = self.connection.get(&path, &doing).await?;
        Ok(Some(specification_of(container, &image.config)))
    }

    /// Creates a container of this specification, and does not start it. One that cannot be
    /// put in all its networks is removed.
    ///
    /// # Errors
    /// `Refused` when another container has the name, or a network or a mounted folder does
    /// not exist, or when the engine does not answer.
    pub async fn create_alike(
        self,
        wanted: &ContainerSpecification,
        image: &str,
    ) -> Result<ContainerId, EngineError> {
        let doing = format!("create the container {}", wanted.name);
        let options = CreateContainerOptionsBuilder::new().name(&wanted.name).build();
        let client = self.connection.client_with_body(&wanted.create_body(image));
        let created = client.create_container(Some(options), ContainerCreateBody::default()).await;
        let created = created.map_err(self.connection.error_while(&doing))?;
        let id = self.id_of(&created, doing)?;
        let connected = self.connect_to_others(&id, wanted).await;
        self.keep_if(connected, id).await
    }

    /// Engines before 25 create a container in one network only.
    async fn connect_to_others(
        self,
        id: &ContainerId,
        wanted: &ContainerSpecification,
    ) -> Result<(), EngineError> {
        let Some(first) = wanted.first_network() else { return Ok(()) };
        for (network, endpoint) in wanted.networks.iter().filter(|(name, _)| *name != first) {
            let doing = format!("connect {} to the network {network}", wanted.name);
            let body = json!({ "Container": id.to_string(), "EndpointConfig": endpoint });
            let client = self.connection.client_with_body(&body);
            let request = NetworkConnectRequest::default();
            let connected = client.connect_network(&path_segment(network), request).await;
            connected.map_err(self.connection.error_while(&doing))?;
        }
        Ok(())
    }
}

/// Members of `Config` that belong to one container, or that newer engines have elsewhere.
const OF_ONE_CONTAINER: [&str; 2] = ["Image", "MacAddress"];
/// Members of `EndpointSettings` that are asked for; the others are what the engine chose.
const ASKED_OF_NETWORKS: [&str; 4] = ["Aliases", "IPAMConfig", "Links", "DriverOpts"];
/// Hex digits of the names that engines give to volumes.
const UNNAMED_LENGTH: usize = 64;

fn specification_of(container: Inspected, image: &Map<String, Value>) -> ContainerSpecification {
    let Inspected { id, name, mut config, host_config, network_settings, mounts, .. } = container;
    OF_ONE_CONTAINER.iter().for_each(|member| drop(config.remove(*member)));
    if config.get("Hostname").and_then(Value::as_str) == Some(id.short()) {
        config.remove("Hostname");
    }
    let networks = network_settings.networks.into_iter();
    let networks = networks.map(|(name, endpoint)| (name, asked_of_network(endpoint, id.short())));
    let unnamed = mounts.into_iter().filter(|mount| is_unnamed(&mount.name));
    ContainerSpecification {
        name: name.trim_start_matches('/').to_owned(),
        config: without_image(config, image),
        host: host_config,
        networks: networks.collect(),
        unnamed_volumes: unnamed.map(|mount| (mount.destination, mount.name)).collect(),
    }
}

fn is_unnamed(volume: &str) -> bool {
    volume.len() == UNNAMED_LENGTH && volume.chars().all(|c| c.is_ascii_hexdigit())
}

/// Engines before 25 name the container by its identifier, too.
fn asked_of_network(endpoint: Map<String, Value>, short_id: &str) -> Map<String, Value> {
    let is_asked = |(name, value): &(String, Value)| {
        ASKED_OF_NETWORKS.contains(&name.as_str()) && !value.is_null()
    };
    let mut asked: Map<String, Value> = endpoint.into_iter().filter(is_asked).collect();
    if let Some(Value::Array(aliases)) = asked.get_mut("Aliases") {
        aliases.retain(|alias| alias != short_id);
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOLUME: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

    #[test]
    fn a_container_is_created_with_what_was_asked_for_and_not_with_what_the_engine_chose() {
        let inspected = json!({
            "Id": "a4baf5d9b98296f4b3dc2efd6153e12bfd9bb76c30305b7776fc99de41dec74e",
            "Name": "/shop-api-1", "Image": "sha256:1",
            "Config": {"Hostname": "a4baf5d9b982", "Image": "demo/api:1", "Env": ["KEY=hush", "PATH=/bin"]},
            "HostConfig": {"NetworkMode": "shop_default", "NewInEngine99": 7},
            "NetworkSettings": {"Networks": {
                "other": {"Aliases": null},
                "shop_default": {"Aliases": ["shop-api-1", "api", "a4baf5d9b982"],
                    "IPAddress": "172.18.0.2", "MacAddress": "02:42", "NetworkID": "x"}}},
            "Mounts": [{"Name": VOLUME, "Destination": "/cache"}, {"Name": "shop_data", "Destination": "/data"}],
        });
        let image = json!({"Env": ["PATH=/bin"]});
        let container = serde_json::from_value(inspected).unwrap();
        let specification = specification_of(container, image.as_object().unwrap());
        let volumes = BTreeMap::from([("/cache".to_owned(), VOLUME.to_owned())]);
        assert_eq!(specification.unnamed_volumes, volumes);
        let body = specification.create_body("demo/api:2");
        assert_eq!(body["Image"], "demo/api:2");
        assert_eq!(body["Env"], json!(["KEY=hush"]));
        assert_eq!(body["Hostname"], Value::Null);
        assert_eq!(body["HostConfig"]["NewInEngine99"], 7);
        let networks = json!({"shop_default": {"Aliases": ["shop-api-1", "api"]}});
        assert_eq!(body["NetworkingConfig"]["EndpointsConfig"], networks);
    }
}
