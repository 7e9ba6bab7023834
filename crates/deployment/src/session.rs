//! One operation on a target at a time.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use compose_runtime::{LockPlace, take_or_take_over};
use configuration::Deploy;
use journal::{Journal, Lock, OperationFolder, ProjectState};
use operation::{Environment, LocalProject, error_chain};
use project_databases::ProjectDatabaseError;
use step_runner::StepJournal;
use tokio::time::{Instant, sleep};

use crate::{
    DeploymentError,
    context::DeploymentContext,
    data_gate::DataGate,
    database_gate::DatabaseGate,
    gate::HealthGate,
    plan::DeploymentPlan,
    snapshot::SnapshotKeys,
    target::{LockHolder, LockOutcome, Target, TargetError},
};

/// The pause between two attempts to take a lock.
const LOCK_PAUSE: Duration = Duration::from_millis(200);
/// How long a lock may be held by what is ending: until a child program has started, it
/// has the files of the process that starts it.
const LOCK_GRACE: Duration = Duration::from_millis(500);

/// An operation that holds the locks of its target, at the target and on this machine.
pub(crate) struct Session<'a> {
    pub(crate) target: &'a dyn Target,
    pub(crate) environment: &'a Environment,
    pub(crate) settings: &'a Deploy,
    project: &'a LocalProject,
    project_folder: PathBuf,
    state: ProjectState,
    keys: SnapshotKeys,
    performer: String,
    destination: Option<String>,
    _lock: Lock,
}

impl<'a> Session<'a> {
    /// Takes both locks, and waits so long while somebody else holds one of them. The
    /// lock of a process of this machine that was killed is taken over.
    ///
    /// # Errors
    /// [`DeploymentError::Locked`], or when the target does not answer.
    pub(crate) async fn open(
        target: &'a dyn Target,
        project: &'a LocalProject,
        environment: &'a Environment,
        operation: &str,
        timeout: Duration,
    ) -> Result<Self, DeploymentError> {
        let deadline = Instant::now() + timeout.max(LOCK_GRACE);
        loop {
            match Self::try_open(target, project, environment, operation).await {
                Err(error) if error.is_locked() && Instant::now() < deadline => {
                    sleep(LOCK_PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    async fn try_open(
        target: &'a dyn Target,
        project: &'a LocalProject,
        environment: &'a Environment,
        operation: &str,
    ) -> Result<Self, DeploymentError> {
        let holder = environment.lock_holder(operation);
        let state = target_state(target, project, environment)?;
        let keys = SnapshotKeys::new(project, environment)?;
        let lock = Lock::acquire(&state.lock_file(), &holder)?;
        let performer = environment.performer();
        lock_target(target, &holder.into()).await?;
        end_abandoned_run(target).await?;
        Ok(Self {
            target,
            environment,
            settings: &project.configuration.deploy,
            project,
            project_folder: project.root.clone().unwrap_or_else(|| Path::new(".").to_owned()),
            state,
            keys,
            performer,
            destination: None,
            _lock: lock,
        })
    }

    /// Releases the target's lock; the one of this machine ends with the session. What
    /// failed before matters more than a lock that cannot be released.
    pub(crate) async fn close_after<T>(
        self,
        outcome: Result<T, DeploymentError>,
    ) -> Result<T, DeploymentError> {
        let released = self.release().await;
        let result = outcome?;
        released?;
        Ok(result)
    }

    /// When the answer is lost, the lock may be released nevertheless.
    async fn release(&self) -> Result<(), TargetError> {
        let released = self.target.unlock().await;
        let holder = match &released {
            Err(_) => self.target.lock_holder().await,
            Ok(()) => Ok(None),
        };
        if matches!(holder, Ok(None)) { Ok(()) } else { released }
    }

    /// Who works.
    pub(crate) fn performer(&self) -> &str {
        &self.performer
    }

    /// Where a deployment keeps its journal.
    pub(crate) fn folder(&self, id: &str) -> OperationFolder {
        self.state.operation(&format!("deployment-{id}"))
    }

    /// The same for a configured place that is named.
    pub(crate) fn of_destination(self, destination: Option<String>) -> Self {
        Self { destination, ..self }
    }

    /// The project's own commands, else its databases.
    fn data_gate<'b>(
        &'b self,
        plan: &'b DeploymentPlan,
    ) -> Result<Option<Box<dyn DataGate + 'b>>, ProjectDatabaseError> {
        if let Some(commands) = &self.settings.data {
            return Ok(Some(Box::new(commands.clone())));
        }
        let destination = self.destination.as_deref();
        let place = (self.target, destination);
        let gate = DatabaseGate::of_plan(place, self.project, self.environment, plan)?;
        Ok(gate.map(|gate| Box::new(gate) as Box<dyn DataGate>))
    }

    /// What the steps of a plan share; opens the plan's journal.
    pub(crate) fn context<'b>(
        &'b self,
        plan: &'b DeploymentPlan,
    ) -> Result<DeploymentContext<'b>, DeploymentError> {
        let mut journal = Journal::open(&self.folder(&plan.id).journal())?;
        if let Some(records) = self.environment.kill_after {
            journal.kill_after(records);
        }
        // Taking a deployment back needs none, and must not fail for want of it.
        let data_gate = self.data_gate(plan).map_err(|error| error_chain(&error));
        Ok(DeploymentContext {
            target: self.target,
            environment: self.environment,
            settings: self.settings,
            plan,
            performer: self.performer.clone(),
            destination: self.destination.clone(),
            started: Instant::now(),
            project_folder: &self.project_folder,
            journal: StepJournal::new(journal),
            gate: HealthGate {
                target: self.target,
                settings: self.settings,
                infrastructure: plan.infrastructure().map(str::to_owned),
            },
            data_gate,
            keys: self.keys.clone(),
        })
    }
}

/// Targets of one project keep their state apart.
pub(crate) fn target_state(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
) -> Result<ProjectState, DeploymentError> {
    let folder = project.root.as_deref().unwrap_or(Path::new(".")).display();
    let identity = format!("{folder} {}", target.name());
    Ok(environment.state()?.project(&project.name(), &identity))
}

/// A command holds the lock, so none runs now: what is left is of a program that was killed.
async fn end_abandoned_run(target: &dyn Target) -> Result<(), DeploymentError> {
    if let Err(error) = target.end_run().await {
        // What failed before matters more than a lock that cannot be released.
        let _ = target.unlock().await;
        return Err(error.into());
    }
    Ok(())
}

async fn lock_target(target: &dyn Target, holder: &LockHolder) -> Result<(), DeploymentError> {
    match take_or_take_over(&TargetLock(target), holder).await? {
        LockOutcome::Taken => Ok(()),
        LockOutcome::Held(holder) => {
            Err(DeploymentError::Locked { target: target.name(), holder: holder.into() })
        }
    }
}

/// The lock of any kind of target.
struct TargetLock<'a>(&'a dyn Target);

#[async_trait(?Send)]
impl LockPlace for TargetLock<'_> {
    type Error = TargetError;

    async fn take(&self, holder: &LockHolder) -> Result<LockOutcome, TargetError> {
        self.0.lock(holder).await
    }

    async fn holder(&self) -> Result<Option<LockHolder>, TargetError> {
        self.0.lock_holder().await
    }

    async fn release_of(&self, holder: &LockHolder) -> Result<(), TargetError> {
        self.0.unlock_of(holder).await
    }
}
