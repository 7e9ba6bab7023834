//! Brings an earlier deployment back, from what the target has: no registry is asked.

use std::{collections::BTreeMap, iter};

use operation::{Environment, LocalProject, OperationError};

use crate::{
    DeploymentError,
    carry_out::carry_out_planned,
    database_gate::data_findings,
    deploy::observe,
    deployed::DeploymentReport,
    history::History,
    plan::{ConfigurationLoss, Finding, Observed, PlannedRestore, Policy, Purpose, check, plan},
    planned::PlannedDeployment,
    request::{RestoreRequest, RollbackRequest, deploy_policy, infrastructure_policy},
    rollback_choice::choose_point,
    rollback_list::{ListedPoint, RollbackList},
    rollback_point::{
        KeptBackup, KeptImage, RollbackPoint, infrastructure_points, rollback_points,
    },
    session::Session,
    snapshot::{Restoring, SnapshotKeys, ThenConfigured, restoring_of},
    target::{ImageSource, RequestedImage, Target},
};

/// Plans a rollback and changes nothing.
///
/// # Errors
/// [`DeploymentError::NoWayBack`], [`DeploymentError::Preflight`].
pub async fn preview_rollback(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    request: &RollbackRequest,
) -> Result<PlannedDeployment, DeploymentError> {
    let history = History::read(target).await?;
    let keys = SnapshotKeys::new(project, environment)?;
    let planned = plan_rollback(target, project, environment, &keys, request, history).await?;
    planned.require_unblocked()
}

/// Rolls back. It is a deployment in the history, and can be rolled back as well.
///
/// # Errors
/// Those of [`crate::deploy()`], and [`DeploymentError::NoWayBack`].
pub async fn rollback(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    request: &RollbackRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<DeploymentReport, DeploymentError> {
    let timeout = request.lock_timeout;
    let session = Session::open(target, project, environment, "rollback", timeout).await?;
    let session = session.of_destination(request.destination.clone());
    let question = format!("Roll {} back as planned?", target.name());
    let keys = SnapshotKeys::new(project, environment)?;
    let planning =
        async |history| plan_rollback(target, project, environment, &keys, request, history).await;
    let outcome = carry_out_planned(&session, &question, planning, interrupt).await;
    session.close_after(outcome).await
}

/// Lists what can be gone back to.
///
/// # Errors
/// When the target does not answer.
pub async fn list_rollback_points(target: &dyn Target) -> Result<RollbackList, DeploymentError> {
    let history = History::read(target).await?;
    let infrastructure = infrastructure_points(&history.records);
    let mut points = Vec::new();
    for kind in iter::once(rollback_points(&history.records)).chain(infrastructure) {
        let current = kind.last().cloned();
        for (number, point) in kind.into_iter().rev().enumerate() {
            let lost = lost_images(target, &point).await?;
            let reconfigured = current.as_ref().map(|current| point.reconfigured_in(current));
            let reconfigured = reconfigured.unwrap_or_default();
            points.push(ListedPoint { is_current: number == 0, lost, reconfigured, point });
        }
    }
    Ok(RollbackList { points, unreadable: history.unreadable })
}

async fn lost_images(
    target: &dyn Target,
    point: &RollbackPoint,
) -> Result<Vec<String>, DeploymentError> {
    let mut lost = Vec::new();
    for (service, image) in &point.images {
        if !target.has_image(&image.id).await? {
            lost.push(service.clone());
        }
    }
    Ok(lost)
}

async fn plan_rollback(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    keys: &SnapshotKeys,
    request: &RollbackRequest,
    history: History,
) -> Result<PlannedDeployment, DeploymentError> {
    let point = choose_point(&history.records, request.to.as_deref())?;
    let images = &point.images;
    let restore = planned_restore(&request.restore, &point)?;
    let policy = rollback_policy(project, request, &point)?;
    let policy = Policy { restore, ..policy };
    let kept = |name: &str| Some((requested_image(images.get(name)?.clone()), ImageSource::Target));
    let mut observed = observe(target, &policy, history.clone(), kept).await?;
    let lost = match request.keep_configuration {
        true => other_configurations(&point, &observed),
        false => restore_configurations(target, keys, &history, &point, &mut observed).await?,
    };
    let mut findings = check(&observed, &policy);
    findings.extend(lost);
    let plan = plan(&observed, &policy, Purpose::Rollback { to: point.id.clone() });
    let place = (target, request.destination.as_deref());
    findings.extend(data_findings(place, project, environment, &plan).await);
    Ok(PlannedDeployment { plan, findings })
}

/// Plans to bring the configuration of each service back that had another one then; the
/// services with which that cannot be done.
async fn restore_configurations(
    target: &dyn Target,
    keys: &SnapshotKeys,
    history: &History,
    point: &RollbackPoint,
    observed: &mut Observed,
) -> Result<Vec<Finding>, DeploymentError> {
    let mut lost = Vec::new();
    for (name, image) in &point.images {
        let Some(service) = observed.services.get_mut(name) else { continue };
        if service.desired.is_none() {
            continue;
        }
        let (point_id, settings) = (&point.id, image.settings.as_ref());
        let then = ThenConfigured { history, point: point_id, service: name, settings };
        let reason = match restoring_of(target, keys, then, service).await? {
            Restoring::Same => continue,
            Restoring::Possible(restored) => {
                // Those of the declared configuration are others.
                service.variables = None;
                service.restored = Some(restored);
                continue;
            }
            Restoring::NotKept => ConfigurationLoss::NotKept,
            Restoring::Impossible(reason) => ConfigurationLoss::Impossible(reason),
        };
        let (service, deployment) = (name.clone(), point.id.clone());
        lost.push(Finding::OtherConfiguration { service, deployment, reason });
    }
    Ok(lost)
}

/// The services that were configured differently then, and stay as they are.
fn other_configurations(point: &RollbackPoint, observed: &Observed) -> Vec<Finding> {
    let now = |service: &str| observed.services.get(service)?.settings.as_ref();
    let services = point.reconfigured(now).into_iter();
    let findings = services.map(|service| Finding::OtherConfiguration {
        service,
        deployment: point.id.clone(),
        reason: ConfigurationLoss::Unwanted,
    });
    findings.collect()
}

fn requested_image(image: KeptImage) -> RequestedImage {
    RequestedImage::Kept { id: image.id, reference: image.reference }
}

fn planned_restore(
    request: &RestoreRequest,
    point: &RollbackPoint,
) -> Result<Option<PlannedRestore>, DeploymentError> {
    match (request, &point.backup) {
        (RestoreRequest::Keep, _) => Ok(None),
        (RestoreRequest::Backup(backup), kept) => {
            let made = kept.as_ref().filter(|kept| kept.name == *backup).map(|kept| kept.made);
            Ok(Some(PlannedRestore { backup: backup.clone(), made }))
        }
        (RestoreRequest::LastBackup, Some(KeptBackup { name, made })) => {
            Ok(Some(PlannedRestore { backup: name.clone(), made: Some(*made) }))
        }
        (RestoreRequest::LastBackup, None) => {
            let problem = format!("no backup of the data of {} is recorded; name one", point.id);
            Err(DeploymentError::NoWayBack(problem))
        }
    }
}

/// Data is not migrated; what ran before needs no trial. Infrastructure is brought back alone, and with its data as it is.
fn rollback_policy(
    project: &LocalProject,
    request: &RollbackRequest,
    point: &RollbackPoint,
) -> Result<Policy, DeploymentError> {
    let configuration = &project.configuration;
    let Some(service) = &point.infrastructure else {
        if request.without_backup {
            let problem = format!("{} is a deployment of the application", point.id);
            let error = OperationError::usage(problem, "--without-backup is for infrastructure");
            return Err(error.into());
        }
        let changed: Vec<String> = point.images.keys().cloned().collect();
        let services = if request.services.is_empty() { &changed } else { &request.services };
        let policy = deploy_policy(configuration, services, false);
        let policy = Policy { migration: None, trials: BTreeMap::new(), ..policy };
        return Ok(Policy { secures_success: false, ..policy });
    };
    if !request.services.is_empty() || request.restore != RestoreRequest::Keep {
        let problem = format!(
            "{} is of the infrastructure {service} only, which is brought back without other \
             services and without its data",
            point.id
        );
        return Err(DeploymentError::NoWayBack(problem));
    }
    Ok(infrastructure_policy(configuration, service, false, request.without_backup))
}
