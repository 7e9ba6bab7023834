//! Everything that is looked up before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use compose::{ComposeProject, labels::CONFIG_HASH};
use compose_runtime::{
    ComposeRuntimeError, RestoredConfiguration, RolledBack, UnresolvedReference, engine_images,
    rolled_back_services, selected_projects, served_digests,
};
use image_ref::{Digest, Reference};
use operation::{Environment, LocalProject, OperationError, counted};

use super::{
    context::UpContext,
    error::UpError,
    image_source::ImageSource,
    plan::{ImageFacts, ProjectPlan, plan_projects},
    request::UpRequest,
    service_selection::{SelectedProject, SelectedService, select_services, unknown_service},
};

/// Connects, reads the projects, asks the registries and the engine, and plans.
///
/// # Errors
/// [`UpError::Compose`] for a file that cannot be read, [`OperationError::Usage`] for
/// an unknown service, [`OperationError::Service`] when the engine does not answer,
/// [`UpError::Unavailable`] with every problem of images.
pub(super) async fn prepare_projects<'a>(
    local: &LocalProject,
    environment: &'a Environment,
    request: &'a UpRequest,
) -> Result<(UpContext<'a>, Vec<ProjectPlan>), UpError> {
    let projects = selected_projects(&request.selection, local, environment)?;
    let context = UpContext::new(local, environment, request).await?;
    if request.offline {
        let text = "offline: registries are not queried; local images may be outdated";
        context.reporter().warn(text);
    }
    let selected = read_projects(&context, projects).await?;
    let selected = keep_rolled_back(&context, selected).await?;
    let facts = look_up_images(&context, &selected).await?;
    let mut observed = Vec::new();
    for project in selected {
        let before = context.observe_project(&project.project.name).await?;
        observed.push((project, before));
    }
    let plans = plan_projects(observed, &facts).map_err(UpError::Unavailable)?;
    warn_of_unresolved_pins(&context, &facts, &plans);
    warn_of_offline_builds(&context, &plans);
    Ok((context, plans))
}

/// Reads the projects and selects the services to start. A project without any of the
/// requested services is left out.
async fn read_projects(
    context: &UpContext<'_>,
    projects: Vec<ComposeProject>,
) -> Result<Vec<SelectedProject>, UpError> {
    let requested = &context.request.services;
    let (mut selected, mut existing) = (Vec::new(), BTreeSet::new());
    for project in projects {
        let active = context.compose.model(&project, false).await?;
        // For files that Compose does not read, the error says more.
        project.warnings.iter().for_each(|warning| context.reporter().warn(warning));
        // A service that is named starts whatever its profiles are.
        let all = match requested.is_empty() {
            true => active.clone(),
            false => context.compose.model(&project, true).await?,
        };
        existing.extend(all.services.keys().cloned());
        selected.extend(select_services(project, requested, &active, &all));
    }
    match requested.iter().find(|name| !existing.contains(*name)) {
        Some(name) => Err(unknown_service(name, &existing).into()),
        None => Ok(selected),
    }
}

/// What a rollback has brought back stays: the registry still serves what was bad.
async fn keep_rolled_back(
    context: &UpContext<'_>,
    mut projects: Vec<SelectedProject>,
) -> Result<Vec<SelectedProject>, UpError> {
    for project in &mut projects {
        let rolled_back = rolled_back_services(&context.engine, &project.project.name).await;
        let rolled_back = rolled_back
            .map_err(OperationError::service("read the records of deployments", None))?;
        warn_of_restored(context, project, &rolled_back).await?;
        for (name, RolledBack { deployment, image, .. }) in rolled_back {
            let Some(service) = project.services.get_mut(&name) else { continue };
            let Some(reference) = service.registry_reference().cloned() else { continue };
            let local = engine_images(&context.engine, [reference.clone()]).await;
            let local = local.map_err(OperationError::engine("inspect the local images"))?;
            if local.get(&reference).is_some_and(|local| local.id == image) {
                service.source = Ok(ImageSource::RolledBack);
                context.reporter().warn(format!(
                    "{name} stays on the image that rollback {deployment} brought back; `deploy` \
                     moves it on"
                ));
            }
        }
    }
    Ok(projects)
}

/// Compose has the configuration of its files only, so that of an earlier deployment ends.
async fn warn_of_restored(
    context: &UpContext<'_>,
    project: &SelectedProject,
    rolled_back: &BTreeMap<String, RolledBack>,
) -> Result<(), UpError> {
    let restored = rolled_back.iter().filter_map(|(name, it)| {
        let configuration = it.configuration.as_ref()?;
        Some((name, configuration, configuration.hash.as_ref()?))
    });
    let restored: Vec<_> =
        restored.filter(|(name, ..)| project.services.contains_key(*name)).collect();
    if restored.is_empty() {
        return Ok(());
    }
    let containers = context.service_containers(&project.project.name).await?;
    let declared = context.compose.configuration_hashes(&project.project).await;
    let declared = declared.map_err(ComposeRuntimeError::from)?;
    for (name, RestoredConfiguration { deployment, .. }, hash) in restored {
        let of_service = containers.iter().filter(|container| container.service == *name);
        let mut labels = of_service.map(|container| &container.details.labels);
        let runs = labels.any(|labels| labels.get(CONFIG_HASH) == Some(hash));
        if runs && declared.get(name) != Some(hash) {
            context.reporter().warn(format!(
                "{name} has the configuration of {deployment}, which a rollback brought back, and \
                 is started with that of the Compose files"
            ));
        }
    }
    Ok(())
}

async fn look_up_images(
    context: &UpContext<'_>,
    projects: &[SelectedProject],
) -> Result<ImageFacts, OperationError> {
    let services = projects.iter().flat_map(|project| project.services.values());
    let images: BTreeSet<Reference> =
        services.clone().filter_map(|service| service.image.clone()).collect();
    let served: BTreeSet<Reference> =
        services.filter_map(SelectedService::registry_reference).cloned().collect();
    let (local, served) =
        tokio::join!(engine_images(&context.engine, images), ask_registries(context, served));
    let local = local.map_err(OperationError::engine("inspect the local images"))?;
    Ok(ImageFacts { offline: context.request.offline, local, served })
}

async fn ask_registries(
    context: &UpContext<'_>,
    references: BTreeSet<Reference>,
) -> BTreeMap<Reference, Result<Digest, UnresolvedReference>> {
    match &context.registry {
        Some(registry) if !references.is_empty() => {
            let images = counted(references.len(), "image");
            context.reporter().info(format!("querying registries about {images}"));
            served_digests(registry, references).await
        }
        _ => BTreeMap::new(),
    }
}

/// An image by digest may be used although its registry does not answer.
fn warn_of_unresolved_pins(context: &UpContext<'_>, facts: &ImageFacts, plans: &[ProjectPlan]) {
    let used: BTreeSet<Reference> = plans.iter().flat_map(ProjectPlan::image_references).collect();
    for (reference, served) in &facts.served {
        if let Err(UnresolvedReference { problem, .. }) = served
            && used.contains(reference)
        {
            context.reporter().warn(format!("using the local image of {reference}: {problem}"));
        }
    }
}

/// A build asks registries for its base image, even offline.
fn warn_of_offline_builds(context: &UpContext<'_>, plans: &[ProjectPlan]) {
    let services: Vec<&str> = plans.iter().flat_map(ProjectPlan::built_services).collect();
    if context.request.offline && !services.is_empty() {
        let services = services.join(", ");
        context.reporter().warn(format!("{services} will be built, which may access registries"));
    }
}
