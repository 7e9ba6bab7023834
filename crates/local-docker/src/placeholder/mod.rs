//! Containers that are never started: they are there for their name, which only one
//! can have, and for the files of a volume.

mod files;
mod image;
mod lock;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use bollard::{
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder},
};
use tokio::time::{Instant, sleep};

pub use files::VolumeFiles;
pub use lock::NamedLocks;

use crate::{client::Connection, error::EngineError, removal::is_removal_in_progress};

/// Where a volume is mounted in a container that is there for its files.
const MOUNT: &str = "/files";
/// How long a removal by another client may take.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the engine may go on creating a container whose client is gone. What appears
/// later is removed by the next run.
const CREATION_TIMEOUT: Duration = Duration::from_secs(5);
/// How many answers to a removal may be lost.
const LOST_ANSWERS: u32 = 3;
/// The pause between two attempts to remove a container.
const PAUSE: Duration = Duration::from_millis(100);

/// Creates a container of this name, which nobody starts.
async fn create_placeholder(
    connection: &Connection,
    name: &str,
    labels: &BTreeMap<String, String>,
    volume: Option<&str>,
) -> Result<(), EngineError> {
    let image = image::ensure_image(connection).await?;
    let body = ContainerCreateBody {
        image: Some(image),
        cmd: Some(vec!["never-started".to_owned()]),
        labels: Some(labels.clone().into_iter().collect::<HashMap<_, _>>()),
        host_config: Some(HostConfig {
            network_mode: Some("none".to_owned()),
            binds: volume.map(|volume| vec![format!("{volume}:{MOUNT}")]),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::new().name(name).build();
    let created = connection.client().create_container(Some(options), body).await;
    created.map(drop).map_err(connection.error_while(&format!("create the container {name}")))
}

/// Removes a container by its name; whether it existed. When another client removes it at
/// the moment, waits until it is gone. When the answer is lost, tries again.
async fn remove_placeholder(connection: &Connection, name: &str) -> Result<bool, EngineError> {
    let deadline = Instant::now() + REMOVAL_TIMEOUT;
    let (mut existed, mut lost) = (false, 0);
    loop {
        match try_remove(connection, name).await {
            Err(EngineError::ConnectionLost { .. }) if lost < LOST_ANSWERS => {
                (existed, lost) = (true, lost + 1);
            }
            Err(error) if is_removal_in_progress(&error) && Instant::now() < deadline => {
                existed = true;
            }
            removed => return Ok(removed? || existed),
        }
        sleep(PAUSE).await;
    }
}

/// Removes a container of which the creation was not answered: the engine goes on with it
/// when the client is gone, and it may appear only after a look for it.
async fn remove_once_created(connection: &Connection, name: &str) {
    let deadline = Instant::now() + CREATION_TIMEOUT;
    while matches!(remove_placeholder(connection, name).await, Ok(false))
        && Instant::now() < deadline
    {
        sleep(PAUSE).await;
    }
}

async fn try_remove(connection: &Connection, name: &str) -> Result<bool, EngineError> {
    let options = RemoveContainerOptionsBuilder::new().force(true).build();
    let removed = connection.client().remove_container(name, Some(options)).await;
    match removed.map_err(connection.error_while(&format!("remove the container {name}"))) {
        Ok(()) => Ok(true),
        Err(EngineError::Refused { status: Some(404), .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
