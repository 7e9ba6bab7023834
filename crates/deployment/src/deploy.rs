//! Deploys services: observes, plans, carries the plan out, and takes it back when the
//! new version is not good.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use operation::{Environment, LocalProject};

use crate::{
    DeploymentError,
    carry_out::carry_out_planned,
    database_gate::data_findings,
    deployed::DeploymentReport,
    history::History,
    plan::{Observed, Policy, Purpose, check, plan, selected_names},
    planned::PlannedDeployment,
    record::now,
    request::{DeployRequest, deploy_policy, infrastructure_policy},
    session::Session,
    target::{ImagePreview, ImageSource, RequestedImage, Target, TargetError},
};

/// Plans a deployment and changes nothing.
///
/// # Errors
/// [`DeploymentError::Preflight`] with every problem that blocks it.
pub async fn preview_deploy(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    request: &DeployRequest,
) -> Result<PlannedDeployment, DeploymentError> {
    let history = History::read(target).await?;
    let planned = plan_deploy(target, project, environment, request, history).await?;
    planned.require_unblocked()
}

/// Deploys. A deployment that was not finished before is taken back first.
/// `interrupt` resolves when the user wants to stop; the old version serves then.
///
/// # Errors
/// [`DeploymentError::Preflight`] and others before anything is changed,
/// [`DeploymentError::Undone`] when the new version is not good,
/// [`DeploymentError::HalfWay`] when the old one cannot be brought back.
pub async fn deploy(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    request: &DeployRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<DeploymentReport, DeploymentError> {
    let operation = match (&request.infrastructure, &request.version) {
        (Some(service), _) => format!("deploy --infrastructure {service}"),
        (None, Some(version)) => format!("deploy {version}"),
        (None, None) => "deploy".to_owned(),
    };
    let timeout = request.lock_timeout;
    let session = Session::open(target, project, environment, &operation, timeout).await?;
    let session = session.of_destination(request.destination.clone());
    let question = format!("Deploy to {} as planned?", target.name());
    let planning =
        async |history| plan_deploy(target, project, environment, request, history).await;
    let outcome = carry_out_planned(&session, &question, planning, interrupt).await;
    session.close_after(outcome).await
}

async fn plan_deploy(
    target: &dyn Target,
    project: &LocalProject,
    environment: &Environment,
    request: &DeployRequest,
    history: History,
) -> Result<PlannedDeployment, DeploymentError> {
    let configuration = &project.configuration;
    let policy = match &request.infrastructure {
        Some(service) => infrastructure_policy(
            configuration,
            service,
            request.without_way_back,
            request.without_backup,
        ),
        None => deploy_policy(configuration, &request.services, request.without_way_back),
    };
    let requested = requested_image(request.version.as_deref());
    let images = |_: &str| Some((requested.clone(), request.source));
    let observed = observe(target, &policy, history, images).await?;
    let mut findings = check(&observed, &policy);
    let plan = plan(&observed, &policy, Purpose::Deploy);
    let place = (target, request.destination.as_deref());
    findings.extend(data_findings(place, project, environment, &plan).await);
    Ok(PlannedDeployment { plan, findings })
}

/// What a version on the command line stands for.
fn requested_image(version: Option<&str>) -> RequestedImage {
    match version {
        None => RequestedImage::Declared,
        Some(text) => match text.parse() {
            Ok(digest) => RequestedImage::Digest(digest),
            Err(_) => RequestedImage::Tag(text.to_owned()),
        },
    }
}

/// Observes the target, finds the image of each selected service, and looks at the images.
pub(crate) async fn observe(
    target: &dyn Target,
    policy: &Policy,
    history: History,
    requested: impl Fn(&str) -> Option<(RequestedImage, ImageSource)>,
) -> Result<Observed, DeploymentError> {
    let mut observed = Observed {
        at: now(),
        services: target.observe().await?,
        inactive: BTreeMap::new(),
        request_problem: target.request_problem(),
        history: history.records,
        unreadable_records: history.unreadable,
        disk: None,
    };
    let names = selected_names(&observed, policy);
    let is_missing = |name: &String| !observed.services.contains_key(name);
    if names.iter().chain(&policy.with_settings).any(is_missing) {
        observed.inactive = target.inactive_services().await?;
    }
    let names = names.into_iter().filter(|name| observed.services.contains_key(name));
    let requested = names.filter_map(|name| Some((requested(&name)?, name)));
    let resolved = try_join_all(requested.map(|((image, source), name)| async move {
        let resolved = target.resolve(&name, &image, source).await?;
        Ok::<_, TargetError>((name, resolved))
    }));
    for (name, image) in resolved.await? {
        if let Some(service) = observed.services.get_mut(&name) {
            service.desired = Some(image);
        }
    }
    look_at_images(target, &mut observed).await?;
    Ok(observed)
}

/// What is known of the new images before they are fetched.
async fn look_at_images(
    target: &dyn Target,
    observed: &mut Observed,
) -> Result<(), DeploymentError> {
    let services = observed.services.iter();
    let images = services.filter_map(|(name, service)| match &service.desired {
        Some(Ok(image)) => Some((name.clone(), image.clone())),
        _ => None,
    });
    let ImagePreview { disk, variables } = target.preview(&images.collect()).await?;
    observed.disk = disk;
    for (name, names) in variables {
        if let Some(service) = observed.services.get_mut(&name) {
            service.variables = Some(names);
        }
    }
    Ok(())
}
