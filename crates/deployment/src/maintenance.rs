//! Users are kept from the application, which goes on as it is.

use std::time::Duration;

use jiff::Timestamp;
use operation::{Environment, LocalProject};

use crate::{
    DeploymentError,
    session::Session,
    target::{Maintenance, StoredFile, Target, TargetError},
};

/// The file at the target with the state.
const FILE: &str = "maintenance.json";

/// Lets the proxies answer users with 503, or lets users reach the application again.
///
/// # Errors
/// [`TargetError::Refused`] when users could reach the application all the same,
/// [`DeploymentError::Locked`], and when the target does not answer. A proxy that does not
/// forward again stays as it is.
pub async fn maintain(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    is_on: bool,
    lock_timeout: Duration,
) -> Result<(), DeploymentError> {
    let operation = if is_on { "deploy --maintenance on" } else { "deploy --maintenance off" };
    let session = Session::open(target, project, environment, operation, lock_timeout).await?;
    let outcome = if is_on { begin(&session).await } else { end(&session).await };
    session.close_after(outcome).await
}

async fn begin(session: &Session<'_>) -> Result<(), DeploymentError> {
    let (target, reporter) = (session.target, &session.environment.reporter);
    let before = read_maintenance(target).await?;
    if let Some(before) = &before
        && target.closing_problems(&before.proxies).await?.is_empty()
        && !before.proxies.is_empty()
    {
        reporter.ok(format!("maintenance is on already, since {:.0}", before.since));
        return Ok(());
    }
    let maintenance = before.clone().unwrap_or_else(|| Maintenance {
        is_on: true,
        since: Timestamp::now(),
        performer: session.performer().to_owned(),
        proxies: Vec::new(),
    });
    // Written before: what is killed from now on leaves something that can be ended.
    let started = Maintenance { proxies: Vec::new(), ..maintenance.clone() };
    write_maintenance(target, &started).await?;
    match target.close_to_users().await {
        Ok(proxies) => {
            let names: Vec<String> = proxies.iter().map(|proxy| proxy.name.clone()).collect();
            write_maintenance(target, &Maintenance { proxies, ..maintenance }).await?;
            let names = names.join(", ");
            reporter.ok(format!(
                "maintenance is on: {names} answers with 503; `deploy --maintenance off` ends it"
            ));
            Ok(())
        }
        Err(error) => {
            let is_on = before.is_some();
            write_maintenance(target, &Maintenance { is_on, ..maintenance }).await?;
            Err(error.into())
        }
    }
}

async fn end(session: &Session<'_>) -> Result<(), DeploymentError> {
    let (target, reporter) = (session.target, &session.environment.reporter);
    let Some(before) = read_maintenance(target).await? else {
        reporter.ok("maintenance is not on");
        return Ok(());
    };
    target.open_to_users(&before.proxies).await?;
    let performer = session.performer().to_owned();
    let ended =
        Maintenance { is_on: false, since: Timestamp::now(), performer, proxies: Vec::new() };
    write_maintenance(target, &ended).await?;
    reporter.ok("maintenance is off: users reach the application");
    Ok(())
}

/// The maintenance that is on.
///
/// # Errors
/// When its state cannot be read.
pub(crate) async fn read_maintenance(
    target: &dyn Target,
) -> Result<Option<Maintenance>, TargetError> {
    let files = target.read_files().await?;
    let Some(file) = files.iter().find(|file| file.name == FILE) else { return Ok(None) };
    let maintenance = serde_json::from_slice::<Maintenance>(&file.content);
    let maintenance = maintenance.map_err(TargetError::unavailable(format!("read {FILE}")))?;
    Ok(Some(maintenance).filter(|maintenance| maintenance.is_on))
}

async fn write_maintenance(
    target: &dyn Target,
    maintenance: &Maintenance,
) -> Result<(), TargetError> {
    let content = serde_json::to_vec_pretty(maintenance)
        .map_err(TargetError::unavailable(format!("write {FILE}")))?;
    target.write_file(&StoredFile { name: FILE.to_owned(), content }).await
}

/// What a maintenance means for users, and what keeps it from being one.
pub(crate) async fn maintenance_problems(
    target: &dyn Target,
    maintenance: &Maintenance,
) -> Result<Vec<String>, TargetError> {
    let Maintenance { since, performer, proxies, .. } = maintenance;
    let state = format!(
        "maintenance is on since {since:.0} by {performer}; `deploy --maintenance off` ends it"
    );
    let incomplete = proxies.is_empty().then(|| {
        "the maintenance was not completed; `deploy --maintenance on` does that".to_owned()
    });
    let problems = target.closing_problems(proxies).await?;
    Ok([state].into_iter().chain(incomplete).chain(problems).collect())
}
