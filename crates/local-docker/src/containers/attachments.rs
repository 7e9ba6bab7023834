//! Mounts and networks of a container, which lists and inspections share.

use std::{collections::BTreeMap, net::IpAddr};

use serde::Deserialize;

use crate::client::wire::{non_empty, or_default};

/// Something mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Its type in the engine's API: `volume`, `bind`, `tmpfs`, `image` …
    pub kind: String,
    /// A volume's name.
    pub name: Option<String>,
    /// Where it comes from: a folder of the engine's machine, or the reference
    /// of an image.
    pub source: Option<String>,
    /// Its path in the container.
    pub target: String,
}

/// An entry of `Mounts`, where the path in the container is `Destination`, or
/// of `HostConfig.Mounts`, where it is `Target`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MountResponse {
    #[serde(rename = "Type", deserialize_with = "or_default")]
    kind: String,
    name: Option<String>,
    source: Option<String>,
    #[serde(alias = "Target", deserialize_with = "or_default")]
    destination: String,
}

impl From<MountResponse> for Mount {
    fn from(response: MountResponse) -> Self {
        Self {
            kind: response.kind,
            name: non_empty(response.name),
            source: non_empty(response.source),
            target: response.destination,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct NetworkSettings {
    #[serde(deserialize_with = "or_default")]
    networks: BTreeMap<String, Option<EndpointResponse>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EndpointResponse {
    #[serde(rename = "IPAddress", deserialize_with = "or_default")]
    ip_address: String,
}

impl NetworkSettings {
    /// The addresses in these networks, by the network's name.
    pub(super) fn addresses(&self) -> BTreeMap<String, IpAddr> {
        let networks = self.networks.iter();
        let addresses = networks.filter_map(|(name, endpoint)| {
            Some((name.clone(), endpoint.as_ref()?.ip_address.parse().ok()?))
        });
        addresses.collect()
    }

    /// Names of the networks, in alphabetical order.
    pub(super) fn names(self) -> Vec<String> {
        self.networks.into_keys().collect()
    }
}
