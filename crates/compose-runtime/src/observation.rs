//! What an engine has of one Compose project.

use std::collections::{BTreeMap, BTreeSet};

use compose::{
    down::{self, ProjectResources},
    labels::{PROJECT, ServiceLabels},
};
use futures_util::future::try_join_all;
use image_ref::ImageId;
use local_docker::{
    ContainerDetails, ContainerId, ContainerSummary, Engine, EngineError, Network, Volume,
};

use crate::EngineImage;

/// The containers of a project's services, and the images that they run.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// By service and number; those of `docker compose run` are left out.
    pub containers: Vec<ServiceContainer>,
    /// The images of the containers that still exist.
    pub images: BTreeMap<ImageId, EngineImage>,
}

/// A container of a service.
#[derive(Debug, Clone)]
pub struct ServiceContainer {
    /// The service.
    pub service: String,
    /// Its number in the service, from 1.
    pub number: u32,
    /// Its inspection.
    pub details: ContainerDetails,
}

impl Observation {
    /// The container with this identifier.
    #[must_use]
    pub fn container(&self, id: &ContainerId) -> Option<&ServiceContainer> {
        self.containers.iter().find(|container| container.details.id == *id)
    }

    /// The image that a container runs, if it still exists.
    #[must_use]
    pub fn image_of(&self, container: &ServiceContainer) -> Option<&EngineImage> {
        self.images.get(container.details.image_id.as_ref()?)
    }
}

/// Reads what an engine has of one project.
#[derive(Debug, Clone, Copy)]
pub struct ProjectObserver<'a> {
    engine: &'a Engine,
    project: &'a str,
}

impl<'a> ProjectObserver<'a> {
    /// An observer of the project of this name.
    #[must_use]
    pub fn new(engine: &'a Engine, project: &'a str) -> Self {
        Self { engine, project }
    }

    fn filter_label(&self) -> String {
        format!("{PROJECT}={}", self.project)
    }

    /// The containers of the project's services and their images.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn observe_services(&self) -> Result<Observation, EngineError> {
        let containers = self.service_containers().await?;
        let ids: BTreeSet<&ImageId> =
            containers.iter().filter_map(|seen| seen.details.image_id.as_ref()).collect();
        let images = self.engine.images().inspect_all(ids).await?.into_iter();
        let images = images.map(|image| (image.id.clone(), EngineImage::from(image))).collect();
        Ok(Observation { containers, images })
    }

    /// The containers of the project's services, in any state.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn service_containers(&self) -> Result<Vec<ServiceContainer>, EngineError> {
        let listed = self.engine.containers().list(Some(&self.filter_label())).await?;
        let details = self
            .engine
            .containers()
            .inspect_all(listed.iter().map(|container| &container.id))
            .await?;
        let mut containers: Vec<ServiceContainer> =
            details.into_iter().filter_map(service_container).collect();
        containers.sort_by(|a, b| (&a.service, a.number).cmp(&(&b.service, b.number)));
        Ok(containers)
    }

    /// All containers, networks and volumes with the project's label, by name. Which
    /// containers are attached to a network is left out.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn resources(&self) -> Result<ProjectResources, EngineError> {
        self.read_resources(false).await
    }

    /// As [`ProjectObserver::resources`], with the containers that are attached to
    /// each network, which takes one request per network.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn resources_with_attachments(&self) -> Result<ProjectResources, EngineError> {
        self.read_resources(true).await
    }

    async fn read_resources(&self, attachments: bool) -> Result<ProjectResources, EngineError> {
        let label = self.filter_label();
        let networks = async {
            let networks = self.engine.networks().list(Some(&label)).await?.into_iter();
            try_join_all(networks.map(|network| self.network(network, attachments))).await
        };
        let (containers, networks, volumes) = tokio::try_join!(
            self.engine.containers().list(Some(&label)),
            networks,
            self.engine.volumes().list(Some(&label)),
        )?;
        let mut resources = ProjectResources {
            containers: containers.into_iter().map(container_resource).collect(),
            networks,
            volumes: volumes.into_iter().map(volume_resource).collect(),
        };
        resources.containers.sort_by(|a, b| a.name.cmp(&b.name));
        resources.networks.sort_by(|a, b| a.name.cmp(&b.name));
        resources.volumes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(resources)
    }

    async fn network(
        &self,
        network: Network,
        attachments: bool,
    ) -> Result<down::Network, EngineError> {
        let attached = match attachments {
            true => self.engine.networks().container_names(&network.id).await?.unwrap_or_default(),
            false => Vec::new(),
        };
        let Network { id, name, labels } = network;
        Ok(down::Network { id, name, labels, attached })
    }
}

fn service_container(details: ContainerDetails) -> Option<ServiceContainer> {
    let labels = ServiceLabels::from_labels(&details.labels).filter(|labels| !labels.oneoff)?;
    let number = labels.number.unwrap_or(1);
    Some(ServiceContainer { service: labels.service, number, details })
}

fn container_resource(container: ContainerSummary) -> down::Container {
    down::Container {
        id: container.id.to_string(),
        name: container.name,
        running: container.state.is_running(),
        state: container.state.to_string(),
        labels: container.labels,
        networks: container.networks,
    }
}

fn volume_resource(volume: Volume) -> down::Volume {
    down::Volume { name: volume.name, labels: volume.labels }
}

#[cfg(test)]
mod tests {
    use local_docker::ContainerState;

    use super::*;
    use crate::fixtures::container;

    #[test]
    fn containers_of_compose_run_are_no_service_containers() {
        let mut details = container("web", 'a', ContainerState::Running).details;
        for (name, value) in [(PROJECT, "demo"), ("com.docker.compose.service", "web")] {
            details.labels.insert(name.to_owned(), value.to_owned());
        }
        let of_service = service_container(details.clone()).unwrap();
        assert_eq!((of_service.service.as_str(), of_service.number), ("web", 1));
        details.labels.insert("com.docker.compose.oneoff".to_owned(), "True".to_owned());
        assert!(service_container(details).is_none());
    }
}
