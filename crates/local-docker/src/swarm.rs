//! What a Swarm manager would run.

use serde::Deserialize;

use crate::{
    Engine, EngineError,
    engine::lenient::{or_default, present},
};

/// A service of a Swarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwarmService {
    /// Its name.
    pub name: String,
    /// The image of its tasks, as stated: mostly with tag and digest.
    pub image: String,
    /// The image that `docker service rollback` would go back to.
    pub previous_image: Option<String>,
}

impl Engine {
    /// Services of the Swarm; none when the engine does not manage one.
    ///
    /// # Errors
    /// When the engine does not answer, or manages a Swarm that does not
    /// answer: locked, or without a leader.
    pub async fn swarm_services(&self) -> Result<Vec<SwarmService>, EngineError> {
        match self.get::<Vec<Answer>>("/services", "list Swarm services").await {
            Ok(services) => Ok(services.into_iter().filter_map(Answer::service).collect()),
            Err(error) if is_no_manager(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// 503 is also what a manager answers whose Swarm is locked or has no leader
/// (moby `daemon/cluster/errors.go`).
fn is_no_manager(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { status: Some(503), message, .. }
        if message.contains("not a swarm manager"))
}

/// An entry of `GET /services`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    spec: Spec,
    previous_spec: Option<Spec>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Spec {
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

impl Answer {
    /// A service that runs plugins or attaches networks has no image.
    fn service(self) -> Option<SwarmService> {
        let previous = self.previous_spec.and_then(|spec| spec.task_template.container_spec.image);
        Some(SwarmService {
            name: self.spec.name,
            image: present(self.spec.task_template.container_spec.image)?,
            previous_image: present(previous),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_to_go_back_to_is_told_too() {
        let recorded = r#"[{"ID":"a","Spec":{"Name":"svc","TaskTemplate":{"ContainerSpec":{"Image":"app:2"}}},
            "PreviousSpec":{"Name":"svc","TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}},
            {"ID":"b","Spec":{"Name":"plugin","TaskTemplate":{"PluginSpec":{},"Runtime":"plugin"}}}]"#;
        let services: Vec<Answer> = serde_json::from_str(recorded).unwrap();
        let services: Vec<_> = services.into_iter().filter_map(Answer::service).collect();
        let expected = SwarmService {
            name: "svc".to_owned(),
            image: "app:2".to_owned(),
            previous_image: Some("app:1".to_owned()),
        };
        assert_eq!(services, [expected]);
    }

    #[test]
    fn a_locked_swarm_is_not_an_absent_one() {
        let says = |message: &str| {
            let (doing, message) = (String::new(), message.to_owned());
            is_no_manager(&EngineError::Refused { doing, status: Some(503), message })
        };
        assert!(says("This node is not a swarm manager. Use \"docker swarm init\" …"));
        assert!(!says("Swarm is encrypted and needs to be unlocked before it can be used."));
        assert!(!says("The swarm does not have a leader."));
    }
}
