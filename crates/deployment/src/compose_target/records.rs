//! The lock and the records of deployments, on the engine, where a second operator
//! finds them.

use compose_runtime::{
    LockPlace as _, ProjectLock, ProjectLockError, deployments_volume, holder_of,
};
use jiff::{SignedDuration, Timestamp};
use local_docker::{ContainerSummary, VolumeFiles};

use super::{connect::ComposeTarget, engine_error::engine_error};
use crate::target::{LockHolder, LockOutcome, StoredFile, TargetError};

/// The beginning of the names of containers that are there for files.
const FILES: &str = "tidegate-files-";
/// No access to files takes so long.
const FILES_AGE: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn lock_of(target: &ComposeTarget) -> ProjectLock<'_> {
    ProjectLock { engine: &target.engine, project: &target.project.name }
}

impl From<ProjectLockError> for TargetError {
    fn from(error: ProjectLockError) -> Self {
        match error {
            ProjectLockError::Engine { action, source } => engine_error(action)(source),
            ProjectLockError::Unreadable { name, source } => {
                Self::unavailable(format!("read who holds {name}"))(source)
            }
            error => Self::Changed { problem: error.to_string() },
        }
    }
}

pub(super) async fn take_lock(
    target: &ComposeTarget,
    holder: &LockHolder,
) -> Result<LockOutcome, TargetError> {
    let outcome = lock_of(target).take(holder).await?;
    if outcome == LockOutcome::Taken {
        remove_abandoned_files(target).await?;
    }
    Ok(outcome)
}

/// A program that was killed while it read or wrote records has left a container.
async fn remove_abandoned_files(target: &ComposeTarget) -> Result<(), TargetError> {
    let files = lock_of(target)
        .containers()
        .await?
        .into_iter()
        .filter(|container| container.name.starts_with(FILES));
    for container in files.filter(is_abandoned) {
        let removed = target.engine.locks().release(&container.name).await;
        removed.map_err(engine_error(&format!("remove the container {}", container.name)))?;
    }
    Ok(())
}

fn is_abandoned(container: &ContainerSummary) -> bool {
    holder_of(container).is_some_and(|holder| {
        holder.is_stale() || Timestamp::now().duration_since(holder.since) > FILES_AGE
    })
}

fn files(target: &ComposeTarget) -> VolumeFiles<'_> {
    let volume = deployments_volume(&target.project.name);
    let holder = LockHolder { since: Timestamp::now(), ..target.user.clone() };
    target.engine.volume_files(&volume, lock_of(target).labels(&holder))
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
