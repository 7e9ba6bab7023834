//! What may write to the data of a Compose project.

use std::collections::{BTreeMap, BTreeSet};

use compose::labels::ServiceLabels;
use local_docker::ContainerSummary;

use super::{
    connect::ComposeTarget, declared::observe_services, engine_error::engine_error,
    instances::instance_of, roles::infrastructure_program,
};
use crate::{
    plan::{ObservedService, Role},
    target::{TargetError, Writer},
};

/// The containers of the application's services, commands of `docker compose run`, and the
/// containers of others that share a network with a service that keeps data. Programs outside
/// containers, and containers in the network of the host, are not seen.
pub(super) async fn find_writers(target: &ComposeTarget) -> Result<Vec<Writer>, TargetError> {
    let services = observe_services(target).await?;
    let project = Project { name: &target.project.name, services: &services };
    let containers = target.engine.containers();
    let listed = containers.list(None).await.map_err(engine_error("list the containers"))?;
    let networks = project.data_networks(&listed);
    let writers = listed.into_iter().filter(|container| project.may_write(container, &networks));
    let writers: Vec<ContainerSummary> = writers.collect();
    let details = containers.inspect_all(writers.iter().map(|writer| &writer.id)).await;
    let details = details.map_err(engine_error("inspect the containers"))?;
    let found = details.iter().map(|details| Writer {
        instance: instance_of(details),
        service: project.application_service(&details.labels),
    });
    Ok(found.collect())
}

struct Project<'a> {
    name: &'a str,
    services: &'a BTreeMap<String, ObservedService>,
}

impl Project<'_> {
    /// The networks in which data can be reached.
    fn data_networks(&self, containers: &[ContainerSummary]) -> BTreeSet<String> {
        let keeps_data = |container: &&ContainerSummary| {
            let service = self.service(&container.labels);
            service.is_some_and(|(_, service)| service.keeps_data.is_some())
        };
        let containers = containers.iter().filter(keeps_data);
        containers.flat_map(|container| container.networks.iter().cloned()).collect()
    }

    fn may_write(&self, container: &ContainerSummary, networks: &BTreeSet<String>) -> bool {
        if self.is_own(&container.labels) {
            let service = self.service(&container.labels);
            return service.is_none_or(|(_, service)| service.role == Role::Application);
        }
        // A proxy or a database of another project is none of its programs.
        container.networks.iter().any(|network| networks.contains(network))
            && infrastructure_program(&container.image).is_none()
    }

    fn is_own(&self, labels: &BTreeMap<String, String>) -> bool {
        ServiceLabels::from_labels(labels).is_some_and(|labels| labels.project == self.name)
    }

    /// The declared service of which this is a container, and not a command.
    fn service(&self, labels: &BTreeMap<String, String>) -> Option<(String, &ObservedService)> {
        let labels = ServiceLabels::from_labels(labels)?;
        let is_of_service = labels.project == self.name && !labels.oneoff;
        let service = self.services.get(&labels.service).filter(|_| is_of_service)?;
        Some((labels.service, service))
    }

    fn application_service(&self, labels: &BTreeMap<String, String>) -> Option<String> {
        let (name, service) = self.service(labels)?;
        (service.role == Role::Application).then_some(name)
    }
}
