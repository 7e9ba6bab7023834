use serde::Deserialize;

use crate::{
    client::{
        Connection,
        wire::{non_empty, or_default},
    },
    error::EngineError,
};

/// A service of a Swarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwarmService {
    /// Its name.
    pub name: String,
    /// The image of its tasks as configured, mostly with tag and digest.
    pub image: String,
    /// The image that `docker service rollback` would return to.
    pub previous_image: Option<String>,
}

/// The Swarm of one engine; see [`Engine::swarm`](crate::Engine::swarm).
#[derive(Debug, Clone, Copy)]
pub struct Swarm<'a> {
    connection: &'a Connection,
}

impl<'a> Swarm<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Services of the Swarm; none when the engine does not manage one.
    ///
    /// # Errors
    /// When the engine does not answer, or manages a Swarm that does not
    /// answer: locked, or without a leader.
    pub async fn services(self) -> Result<Vec<SwarmService>, EngineError> {
        let response = self.connection.get("/services", "list Swarm services").await;
        let entries: Vec<ServiceListEntry> = match response {
            Err(error) if is_not_a_manager(&error) => Vec::new(),
            response => response?,
        };
        Ok(entries.into_iter().filter_map(ServiceListEntry::into_service).collect())
    }
}

/// A manager whose Swarm is locked or has no leader answers 503, too (moby
/// `daemon/cluster/errors.go`).
fn is_not_a_manager(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { status: Some(503), message, .. }
        if message.contains("not a swarm manager"))
}

/// An entry of `GET /services`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceListEntry {
    spec: ServiceSpec,
    previous_spec: Option<ServiceSpec>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ServiceSpec {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    task_template: TaskTemplate,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TaskTemplate {
    #[serde(deserialize_with = "or_default")]
    container_spec: ContainerSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerSpec {
    image: Option<String>,
}

impl ServiceListEntry {
    /// A service that runs plugins or attaches networks has no image.
    fn into_service(self) -> Option<SwarmService> {
        let previous = self.previous_spec.and_then(|spec| spec.task_template.container_spec.image);
        Some(SwarmService {
            name: self.spec.name,
            image: non_empty(self.spec.task_template.container_spec.image)?,
            previous_image: non_empty(previous),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_the_image_of_a_rollback() {
        let recorded = r#"[{"ID":"a","Spec":{"Name":"svc","TaskTemplate":{"ContainerSpec":{"Image":"app:2"}}},
            "PreviousSpec":{"Name":"svc","TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}},
            {"ID":"b","Spec":{"Name":"plugin","TaskTemplate":{"PluginSpec":{},"Runtime":"plugin"}}}]"#;
        let entries: Vec<ServiceListEntry> = serde_json::from_str(recorded).unwrap();
        let services: Vec<_> =
            entries.into_iter().filter_map(ServiceListEntry::into_service).collect();
        let expected = SwarmService {
            name: "svc".to_owned(),
            image: "app:2".to_owned(),
            previous_image: Some("app:1".to_owned()),
        };
        assert_eq!(services, [expected]);
    }

    #[test]
    fn a_locked_swarm_is_distinguished_from_an_absent_one() {
        for (message, expected) in [
            ("This node is not a swarm manager. Use \"docker swarm init\" …", true),
            ("Swarm is encrypted and needs to be unlocked before it can be used.", false),
            ("The swarm does not have a leader.", false),
        ] {
            let (doing, message) = (String::new(), message.to_owned());
            let error = EngineError::Refused { doing, status: Some(503), message };
            assert_eq!(is_not_a_manager(&error), expected, "{error}");
        }
    }
}
