//! What may write to the data of a Compose project.

use std::collections::{BTreeMap, BTreeSet};

use compose::labels::ServiceLabels;
use local_docker::{ContainerDetails, ContainerSummary};

use super::{
    connect::ComposeTarget, data::data_reason, engine_error::engine_error, instances::instance_of,
    proxy::RESPONDER, roles::infrastructure_program,
};
use crate::{
    plan::Role,
    target::{TargetError, Writer},
};

/// The containers of the application's services, commands of `docker compose run`, and the
/// containers of others that share a network with infrastructure that keeps data. Programs
/// outside containers, and containers in the network of the host, are not seen.
pub(super) async fn find_writers(target: &ComposeTarget) -> Result<Vec<Writer>, TargetError> {
    let containers = target.engine.containers();
    let listed = containers.list(None).await.map_err(engine_error("list the containers"))?;
    let project = Project { name: &target.project.name, purposes: purposes(target, &listed) };
    let networks = project.data_networks(&listed);
    let writers = listed.into_iter().filter(|container| project.may_write(container, &networks));
    let writers: Vec<ContainerSummary> = writers.collect();
    let details = containers.inspect_all(writers.iter().map(|writer| &writer.id)).await;
    let details = details.map_err(engine_error("inspect the containers"))?;
    let writing = details.iter().filter(|details| !project.is_harmless(details));
    let found = writing.map(|details| Writer {
        instance: instance_of(details),
        service: project.application_service(&details.labels),
    });
    Ok(found.collect())
}

/// What a service is for, as far as writing is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Application,
    /// Infrastructure that keeps data.
    Data,
    /// Other infrastructure.
    Other,
}

fn purposes(target: &ComposeTarget, listed: &[ContainerSummary]) -> BTreeMap<String, Purpose> {
    let model = target.model();
    let services = model.services.iter().map(|(name, declared)| {
        let image = model.image_of(name);
        let of_service = listed.iter().filter(|container| {
            ServiceLabels::from_labels(&container.labels).is_some_and(|labels| {
                labels.project == target.project.name && labels.service == *name
            })
        });
        let mounts = of_service.flat_map(|container| &container.mounts);
        let purpose = match target.roles.role_of(name, image.as_deref(), declared) {
            Role::Application => Purpose::Application,
            Role::Infrastructure(_) if data_reason(image.as_deref(), mounts).is_some() => {
                Purpose::Data
            }
            Role::Infrastructure(_) => Purpose::Other,
        };
        (name.clone(), purpose)
    });
    services.collect()
}

struct Project<'a> {
    name: &'a str,
    /// Those of its services.
    purposes: BTreeMap<String, Purpose>,
}

impl Project<'_> {
    /// The networks in which data can be reached.
    fn data_networks(&self, containers: &[ContainerSummary]) -> BTreeSet<String> {
        let keeps_data = |container: &&ContainerSummary| {
            self.service(&container.labels).is_some_and(|(_, purpose)| purpose == Purpose::Data)
        };
        let containers = containers.iter().filter(keeps_data);
        containers.flat_map(|container| container.networks.iter().cloned()).collect()
    }

    fn may_write(&self, container: &ContainerSummary, networks: &BTreeSet<String>) -> bool {
        if self.is_own(&container.labels) {
            let service = self.service(&container.labels);
            return service.is_none_or(|(_, purpose)| purpose == Purpose::Application);
        }
        container.networks.iter().any(|network| networks.contains(network))
    }

    /// What answers users during a maintenance; and a proxy or a database of another project,
    /// which is none of its programs. Only an inspection has the name of an image that was moved.
    fn is_harmless(&self, container: &ContainerDetails) -> bool {
        let is_infrastructure = infrastructure_program(&container.image).is_some();
        let is_foreign = !self.is_own(&container.labels);
        (is_foreign && is_infrastructure) || container.labels.contains_key(RESPONDER)
    }

    fn is_own(&self, labels: &BTreeMap<String, String>) -> bool {
        ServiceLabels::from_labels(labels).is_some_and(|labels| labels.project == self.name)
    }

    /// The declared service of which this is a container, and not a command.
    fn service(&self, labels: &BTreeMap<String, String>) -> Option<(String, Purpose)> {
        let labels = ServiceLabels::from_labels(labels)?;
        let is_of_service = labels.project == self.name && !labels.oneoff;
        let purpose = *self.purposes.get(&labels.service).filter(|_| is_of_service)?;
        Some((labels.service, purpose))
    }

    fn application_service(&self, labels: &BTreeMap<String, String>) -> Option<String> {
        let (name, purpose) = self.service(labels)?;
        (purpose == Purpose::Application).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use compose::labels::{ONEOFF, PROJECT, SERVICE};
    use local_docker::ContainerState;

    use super::*;

    fn container(project: &str, service: &str, network: &str) -> ContainerSummary {
        let labels = [(PROJECT, project), (SERVICE, service), (ONEOFF, "False")];
        ContainerSummary {
            id: "0".repeat(64).parse().unwrap(),
            name: format!("{project}-{service}-1"),
            image: format!("demo/{service}"),
            image_id: None,
            state: ContainerState::Running,
            status: String::new(),
            labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            networks: vec![network.to_owned()],
            mounts: Vec::new(),
        }
    }

    #[test]
    fn the_application_commands_leftovers_and_neighbours_of_the_data_may_write() {
        let purposes =
            [("api", Purpose::Application), ("db", Purpose::Data), ("proxy", Purpose::Other)];
        let purposes = purposes.map(|(name, purpose)| (name.to_owned(), purpose)).into();
        let project = Project { name: "shop", purposes };
        let mut command = container("shop", "db", "back");
        command.labels.insert(ONEOFF.to_owned(), "True".to_owned());
        let (api, db) = (container("shop", "api", "front"), container("shop", "db", "back"));
        let networks = project.data_networks(&[api.clone(), db.clone()]);
        assert_eq!(networks, BTreeSet::from(["back".to_owned()]));
        for (container, may_write, service) in [
            (api, true, Some("api")),
            (db, false, None),
            (container("shop", "proxy", "back"), false, None),
            (command, true, None),
            (container("shop", "removed", "front"), true, None),
            (container("other", "cron", "back"), true, None),
            (container("other", "cron", "front"), false, None),
        ] {
            let name = &container.name;
            assert_eq!(project.may_write(&container, &networks), may_write, "{name}");
            let found = project.application_service(&container.labels);
            assert_eq!(found.as_deref(), service, "{name}");
        }
    }
}
