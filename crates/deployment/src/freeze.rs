//! The target's lock in the hands of a person.

use journal::{Lock, LockState};
use operation::{Environment, LocalProject, OperationError};

use crate::{
    DeploymentError,
    session::target_state,
    target::{LockHolder, LockOutcome, Target},
};

/// Keeps everybody from deploying until [`unlock`].
///
/// # Errors
/// [`OperationError::Usage`] without a message, [`DeploymentError::Locked`] when somebody
/// else holds the lock.
pub async fn freeze(
    target: &dyn Target,
    environment: &Environment,
    message: &str,
) -> Result<(), DeploymentError> {
    if message.trim().is_empty() {
        let advice = "give the reason, such as `--lock \"the database is moved\"`";
        return Err(OperationError::usage("the message of --lock is empty", advice).into());
    }
    let holder = LockHolder::from(environment.lock_holder(message));
    let holder = LockHolder { process: None, ..holder };
    match target.lock(&holder).await? {
        LockOutcome::Held(holder) => {
            Err(DeploymentError::Locked { target: target.name(), holder: holder.into() })
        }
        LockOutcome::Taken => {
            let name = target.name();
            environment.reporter.ok(format!("{name} is locked; `deploy --unlock` ends that"));
            Ok(())
        }
    }
}

/// Releases the target's lock, whoever holds it. An operation of this machine that still
/// runs keeps the lock of this machine, and is named.
///
/// # Errors
/// When the target does not answer, or the lock of this machine cannot be read.
pub async fn unlock(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
) -> Result<(), DeploymentError> {
    let line = match target.lock_holder().await? {
        Some(holder) => format!("{} is no longer locked; it was: {holder}", target.name()),
        None => format!("{} was not locked", target.name()),
    };
    target.unlock().await?;
    environment.reporter.ok(line);
    if let Some(line) = local_lock(target, project, environment)? {
        environment.reporter.warn(line);
    }
    Ok(())
}

/// What keeps this machine from deploying apart from the target's lock.
fn local_lock(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
) -> Result<Option<String>, DeploymentError> {
    let file = target_state(target, project, environment)?.lock_file();
    let line = match Lock::state(&file)? {
        LockState::Free => return Ok(None),
        LockState::Held(Some(holder)) => format!(
            "{holder} still runs and may go on changing the target; nobody else deploys from this \
             machine until it ends: wait for it, or end it with `kill {}`",
            holder.process
        ),
        LockState::Held(None) => format!(
            "an operation that has just started holds {}; nobody else deploys from this machine \
             until it ends",
            file.display()
        ),
    };
    Ok(Some(line))
}

/// Reports who holds the lock.
///
/// # Errors
/// When the target does not answer, or the lock of this machine cannot be read.
pub async fn report_lock(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
) -> Result<(), DeploymentError> {
    let holder = target.lock_holder().await?;
    let name = target.name();
    let line = match &holder {
        Some(holder) => format!("{name} is locked: {holder}{}", state_of(holder)),
        None => format!("{name} is not locked"),
    };
    environment.reporter.info(line);
    // A lock of the target names the same operation.
    if holder.is_none()
        && let Some(line) = local_lock(target, project, environment)?
    {
        environment.reporter.warn(line);
    }
    Ok(())
}

fn state_of(holder: &LockHolder) -> &'static str {
    match holder.is_stale() {
        true => "; that process is gone, and the next operation takes the lock over",
        false => "",
    }
}
