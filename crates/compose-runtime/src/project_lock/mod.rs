//! The lock of a Compose project, on the engine, where a second operator finds it.

mod error;
mod holder;
mod lock_place;
mod machine;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use local_docker::{ContainerRemoveOptions, ContainerSummary, Engine};
use tokio::time::{Instant, sleep};

pub use error::ProjectLockError;
pub use holder::LockHolder;
pub use lock_place::{LockOutcome, LockPlace, take_or_take_over};
pub use machine::Machine;

/// The label with the Compose project that something belongs to.
const PROJECT: &str = "org.tidegate.project";
/// The label with who made something, and what for.
const HOLDER: &str = "org.tidegate.lock";

/// For how long a container may have its name and not be listed: while the engine creates
/// or removes it.
const UNLISTED: Duration = Duration::from_secs(10);
/// The pause between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(100);

/// Keeps operations that change a Compose project, or its data, from running at the same time,
/// on whatever machine they run.
#[derive(Debug, Clone, Copy)]
pub struct ProjectLock<'a> {
    /// The engine that the project runs on.
    pub engine: &'a Engine,
    /// The project.
    pub project: &'a str,
}

impl ProjectLock<'_> {
    /// The labels of what somebody makes for this project on the engine.
    #[must_use]
    pub fn labels(&self, holder: &LockHolder) -> BTreeMap<String, String> {
        // Its members are strings and numbers, which JSON has.
        let holder = serde_json::to_string(holder).unwrap_or_default();
        let project = self.project.to_owned();
        BTreeMap::from([(PROJECT.to_owned(), project), (HOLDER.to_owned(), holder)])
    }

    /// Takes the lock, also that of a process of this machine that is gone.
    ///
    /// # Errors
    /// [`ProjectLockError::Held`]; as [`LockPlace::take`].
    pub async fn take_over(&self, holder: &LockHolder) -> Result<(), ProjectLockError> {
        match take_or_take_over(self, holder).await? {
            LockOutcome::Taken => Ok(()),
            LockOutcome::Held(holder) => {
                let project = self.project.to_owned();
                Err(ProjectLockError::Held { project, holder: Box::new(holder) })
            }
        }
    }

    /// Releases the lock, whoever holds it.
    ///
    /// # Errors
    /// [`ProjectLockError::Engine`].
    pub async fn release(&self) -> Result<(), ProjectLockError> {
        let released = self.engine.locks().release(&self.name()).await;
        let doing = "release the project's lock on the engine";
        released.map(drop).map_err(ProjectLockError::engine(doing))
    }

    /// The containers with [`ProjectLock::labels`] of this project, whoever made them.
    ///
    /// # Errors
    /// [`ProjectLockError::Engine`].
    pub async fn containers(&self) -> Result<Vec<ContainerSummary>, ProjectLockError> {
        let filter = format!("{PROJECT}={}", self.project);
        let listed = self.engine.containers().list(Some(&filter)).await;
        listed.map_err(ProjectLockError::engine("list the containers of the project's lock"))
    }

    fn name(&self) -> String {
        format!("tidegate-lock-{}", self.project)
    }
}

#[async_trait(?Send)]
impl LockPlace for ProjectLock<'_> {
    type Error = ProjectLockError;

    async fn take(&self, holder: &LockHolder) -> Result<LockOutcome, ProjectLockError> {
        let (name, labels) = (self.name(), self.labels(holder));
        let deadline = Instant::now() + UNLISTED;
        loop {
            let taken = self.engine.locks().take(&name, &labels).await;
            if taken.map_err(ProjectLockError::engine("lock the project on the engine"))? {
                return Ok(LockOutcome::Taken);
            }
            if let Some(other) = self.holder().await? {
                return Ok(LockOutcome::Held(other));
            }
            // Its holder may have released it between the two requests.
            if Instant::now() >= deadline {
                return Err(ProjectLockError::NotListed { name });
            }
            sleep(PAUSE).await;
        }
    }

    async fn holder(&self) -> Result<Option<LockHolder>, ProjectLockError> {
        let labels = self.engine.locks().holder(&self.name()).await;
        let labels =
            labels.map_err(ProjectLockError::engine("read the project's lock on the engine"))?;
        let Some(labels) = labels else { return Ok(None) };
        let text = labels.get(HOLDER).map_or("", String::as_str);
        serde_json::from_str(text)
            .map(Some)
            .map_err(|source| ProjectLockError::Unreadable { name: self.name(), source })
    }

    /// By the identifier of its container: another one of the same name is somebody else's.
    async fn release_of(&self, holder: &LockHolder) -> Result<(), ProjectLockError> {
        let doing = "release the lock of a process that is gone";
        let name = self.name();
        let lock = self.containers().await?.into_iter().find(|container| container.name == name);
        let Some(lock) = lock.filter(|lock| holder_of(lock).as_ref() == Some(holder)) else {
            return Ok(());
        };
        let options = ContainerRemoveOptions { force: true, volumes: false };
        let removed = self.engine.containers().remove(&lock.id, options).await;
        removed.map(drop).map_err(ProjectLockError::engine(doing))
    }
}

/// Who made a container with [`ProjectLock::labels`].
#[must_use]
pub fn holder_of(container: &ContainerSummary) -> Option<LockHolder> {
    serde_json::from_str(container.labels.get(HOLDER)?).ok()
}
