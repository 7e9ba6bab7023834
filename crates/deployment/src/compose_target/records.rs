//! The lock and the records of deployments, on the engine, where a second operator
//! finds them.

use std::{collections::BTreeMap, time::Duration};

use compose_runtime::deployments_volume;
use jiff::{SignedDuration, Timestamp};
use local_docker::{ContainerRemoveOptions, ContainerSummary, VolumeFiles};
use tokio::time::{Instant, sleep};

use super::{connect::ComposeTarget, engine_error::engine_error};
use crate::target::{LockHolder, LockOutcome, StoredFile, TargetError};

/// The label with the Compose project that something belongs to.
const PROJECT: &str = "org.tidegate.project";
/// The label with who made something, and what for.
const HOLDER: &str = "org.tidegate.lock";
/// The beginning of the names of containers that are there for files.
const FILES: &str = "tidegate-files-";
/// No access to files takes so long.
const FILES_AGE: SignedDuration = SignedDuration::from_mins(10);

/// For how long a container may have its name and not be listed: while the engine creates
/// or removes it.
const UNLISTED: Duration = Duration::from_secs(10);
/// The pause between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(100);

fn lock_name(target: &ComposeTarget) -> String {
    format!("tidegate-lock-{}", target.project.name)
}

pub(super) async fn take_lock(
    target: &ComposeTarget,
    holder: &LockHolder,
) -> Result<LockOutcome, TargetError> {
    let text =
        serde_json::to_string(holder).map_err(TargetError::unavailable("describe a lock"))?;
    let labels = labels_of(target, text);
    let name = lock_name(target);
    let deadline = Instant::now() + UNLISTED;
    loop {
        let taken = target.engine.locks().take(&name, &labels).await;
        if taken.map_err(engine_error("lock the project on the engine"))? {
            remove_abandoned_files(target).await?;
            return Ok(LockOutcome::Taken);
        }
        if let Some(other) = read_lock(target).await? {
            return Ok(LockOutcome::Held(other));
        }
        // Its holder may have released it between the two requests.
        if Instant::now() >= deadline {
            let problem = format!("the container {name} exists, and the engine does not list it");
            return Err(TargetError::Changed { problem });
        }
        sleep(PAUSE).await;
    }
}

fn labels_of(target: &ComposeTarget, holder: String) -> BTreeMap<String, String> {
    let project = target.project.name.clone();
    BTreeMap::from([(PROJECT.to_owned(), project), (HOLDER.to_owned(), holder)])
}

/// A program that was killed while it read or wrote records has left a container.
async fn remove_abandoned_files(target: &ComposeTarget) -> Result<(), TargetError> {
    let filter = format!("{PROJECT}={}", target.project.name);
    let listed = target.engine.containers().list(Some(&filter)).await;
    let listed = listed.map_err(engine_error("list the containers for records"))?;
    let files = listed.into_iter().filter(|container| container.name.starts_with(FILES));
    for container in files.filter(|container| is_abandoned(target, container)) {
        let removed = target.engine.locks().release(&container.name).await;
        removed.map_err(engine_error(&format!("remove the container {}", container.name)))?;
    }
    Ok(())
}

fn is_abandoned(target: &ComposeTarget, container: &ContainerSummary) -> bool {
    holder_of(container).is_some_and(|holder| {
        holder.is_stale_on(&target.user.host)
            || Timestamp::now().duration_since(holder.since) > FILES_AGE
    })
}

pub(super) async fn read_lock(target: &ComposeTarget) -> Result<Option<LockHolder>, TargetError> {
    let labels = target.engine.locks().holder(&lock_name(target)).await;
    let labels = labels.map_err(engine_error("read the project's lock on the engine"))?;
    let Some(labels) = labels else { return Ok(None) };
    let text = labels.get(HOLDER).map_or("", String::as_str);
    let action = format!("read who holds {}", lock_name(target));
    serde_json::from_str(text).map(Some).map_err(TargetError::unavailable(action))
}

pub(super) async fn release_lock(target: &ComposeTarget) -> Result<(), TargetError> {
    let released = target.engine.locks().release(&lock_name(target)).await;
    released.map(drop).map_err(engine_error("release the project's lock on the engine"))
}

/// By the identifier of its container: another one of the same name is somebody else's.
pub(super) async fn release_lock_of(
    target: &ComposeTarget,
    holder: &LockHolder,
) -> Result<(), TargetError> {
    let action = "release the lock of a process that is gone";
    let filter = format!("{PROJECT}={}", target.project.name);
    let listed =
        target.engine.containers().list(Some(&filter)).await.map_err(engine_error(action))?;
    let name = lock_name(target);
    let lock = listed.into_iter().find(|container| container.name == name);
    let Some(lock) = lock.filter(|lock| holder_of(lock).as_ref() == Some(holder)) else {
        return Ok(());
    };
    let options = ContainerRemoveOptions { force: true, volumes: false };
    let removed = target.engine.containers().remove(&lock.id, options).await;
    removed.map(drop).map_err(engine_error(action))
}

fn holder_of(container: &ContainerSummary) -> Option<LockHolder> {
    serde_json::from_str(container.labels.get(HOLDER)?).ok()
}

fn files(target: &ComposeTarget) -> VolumeFiles<'_> {
    let volume = deployments_volume(&target.project.name);
    let holder = LockHolder { since: Timestamp::now(), ..target.user.clone() };
    let holder = serde_json::to_string(&holder).unwrap_or_default();
    target.engine.volume_files(&volume, labels_of(target, holder))
}

pub(super) async fn read_files(target: &ComposeTarget) -> Result<Vec<StoredFile>, TargetError> {
    let files = files(target).read_all().await;
    let files = files.map_err(engine_error("read the records of deployments"))?.into_iter();
    Ok(files.map(|(name, content)| StoredFile { name, content }).collect())
}

pub(super) async fn write_file(
    target: &ComposeTarget,
    file: &StoredFile,
) -> Result<(), TargetError> {
    let written = files(target).write(&file.name, &file.content).await;
    written.map_err(engine_error("write a record of the deployment"))
}
