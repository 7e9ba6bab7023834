//! What the engine has of a project.

use compose::{down, labels};
use futures_util::future::try_join_all;
use local_docker::{ContainerSummary, Engine, EngineError, Network, Volume};

/// Containers, networks and volumes of a project; with `attached`, also which
/// containers each network joins, which takes a request for each.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn observe(
    engine: &Engine,
    name: &str,
    attached: bool,
) -> Result<down::ProjectResources, EngineError> {
    let label = format!("{}={name}", labels::PROJECT);
    let label = Some(label.as_str());
    let networks = async {
        let networks = engine.networks().list(label).await?;
        try_join_all(networks.into_iter().map(|one| network(engine, one, attached))).await
    };
    let (containers, networks, volumes) =
        tokio::try_join!(engine.containers().list(label), networks, engine.volumes().list(label))?;
    let mut observed = down::ProjectResources {
        containers: containers.into_iter().map(container).collect(),
        networks,
        volumes: volumes.into_iter().map(volume).collect(),
    };
    observed.containers.sort_by(|one, other| one.name.cmp(&other.name));
    observed.networks.sort_by(|one, other| one.name.cmp(&other.name));
    observed.volumes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(observed)
}

fn container(container: ContainerSummary) -> down::Container {
    down::Container {
        id: container.id.to_string(),
        name: container.name,
        running: container.state.is_running(),
        state: container.state.as_str().to_owned(),
        labels: container.labels,
        networks: container.networks,
    }
}

async fn network(
    engine: &Engine,
    network: Network,
    attached: bool,
) -> Result<down::Network, EngineError> {
    let attached = match attached {
        true => engine.networks().container_names(&network.id).await?.unwrap_or_default(),
        false => Vec::new(),
    };
    Ok(down::Network { id: network.id, name: network.name, labels: network.labels, attached })
}

fn volume(volume: Volume) -> down::Volume {
    down::Volume { name: volume.name, labels: volume.labels }
}
