//! Pulls the images that differ, and proves that the right ones were pulled.

use std::collections::BTreeSet;

use compose_runtime::{ExpectedImage, engine_images, served_digests};
use image_ref::{Digest, Reference};
use operation::OperationError;

use super::{
    compose_step::ComposeStep,
    context::UpContext,
    error::UpError,
    plan::{ProjectPlan, ServicePlan},
};

/// A tag may move between the lookup and the pull. One that moves again within
/// seconds is not worth another attempt.
const MAX_PULLS: usize = 2;

/// Pulls images until the engine has what registries serve. True when something was
/// pulled.
///
/// # Errors
/// [`UpError::PullFailed`] and [`UpError::PulledOther`].
pub(super) async fn pull_images(
    context: &UpContext<'_>,
    plan: &mut ProjectPlan,
) -> Result<bool, UpError> {
    let mut pulled = false;
    for _ in 0..MAX_PULLS {
        if plan.services_to_pull().is_empty() {
            break;
        }
        pull_once(context, plan).await?;
        pulled = true;
        update_local_images(context, plan).await?;
        update_expected_digests(context, plan).await;
    }
    let images = differing_images(plan);
    if images.is_empty() {
        return Ok(pulled);
    }
    Err(UpError::PulledOther { project: plan.project.name.clone(), images })
}

async fn pull_once(context: &UpContext<'_>, plan: &ProjectPlan) -> Result<(), UpError> {
    let services: Vec<String> = plan.services_to_pull().into_keys().map(str::to_owned).collect();
    let title = format!("pull {}", services.join(", "));
    let step = ComposeStep::new(context, plan, "pull", title);
    step.run_and_finish(&plan.pull_arguments()).await.map_err(|error| UpError::PullFailed {
        project: plan.project.name.clone(),
        services,
        reason: error.to_string(),
    })
}

async fn update_local_images(
    context: &UpContext<'_>,
    plan: &mut ProjectPlan,
) -> Result<(), OperationError> {
    let images = engine_images(&context.engine, plan.image_references()).await;
    let images = images.map_err(OperationError::engine("inspect the pulled images"))?;
    for service in plan.services.values_mut() {
        service.local = service.reference.as_ref().and_then(|image| images.get(image)).cloned();
    }
    Ok(())
}

/// Asks the registry again about images that are still not what it served before.
async fn update_expected_digests(context: &UpContext<'_>, plan: &mut ProjectPlan) {
    let Some(registry) = &context.registry else { return };
    let differing: BTreeSet<Reference> =
        plan.services_to_pull().into_values().filter_map(|plan| plan.reference.clone()).collect();
    for (reference, served) in served_digests(registry, differing).await {
        // Without an answer the old digest stays: the final check shows the difference.
        let Ok(digest) = served else { continue };
        let services = plan.services.values_mut();
        for service in services.filter(|service| service.reference.as_ref() == Some(&reference)) {
            if let ExpectedImage::Digest(expected) = &mut service.expected {
                *expected = digest.clone();
            }
        }
    }
}

/// The images that are still not what the registry serves.
fn differing_images(plan: &ProjectPlan) -> Vec<String> {
    let services = plan.services.iter();
    services.filter_map(|(name, service)| differing_image(name, service)).collect()
}

/// Only the digest counts: not every store reports the platform of an image correctly.
fn differing_image(name: &str, service: &ServicePlan) -> Option<String> {
    let digest = service.expected.expected_digest()?;
    let image = service.reference.as_ref()?;
    let pulled = match &service.local {
        Some(local) if local.has_digest(digest) => return None,
        Some(local) => local.digests.first().map_or("another image", Digest::short),
        None => "nothing",
    };
    let served = digest.short();
    Some(format!("{name}: {image}: the registry serves {served}, the pull brought {pulled}"))
}
