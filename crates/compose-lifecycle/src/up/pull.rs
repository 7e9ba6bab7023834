//! Pulling what differs, and the proof that it came.

use std::collections::BTreeSet;

use image_ref::{Digest, Reference};
use report::StepState;

use super::{
    observed,
    plan::{Measure, ProjectPlan},
    run_compose::Run,
    served::resolve,
    tools::Tools,
};
use operation::{FailureKind, OperationError};

use crate::LifecycleError;

/// A tag may move between question and pull; one that moves again within
/// seconds is not what anybody wants to start.
const ROUNDS: usize = 2;

/// Pulls the images that differ, until what is here is what is served. True
/// when something was pulled.
///
/// # Errors
/// [`OperationError::Several`] when an image cannot be pulled, or another one
/// comes than the registry serves.
pub(super) async fn pull(
    tools: &Tools<'_>,
    plan: &mut ProjectPlan,
) -> Result<bool, LifecycleError> {
    let mut pulled = false;
    for _ in 0..ROUNDS {
        if plan.to_pull().is_empty() {
            break;
        }
        pull_once(tools, plan).await?;
        pulled = true;
        look_again(tools, plan).await?;
    }
    let differing = differing(plan);
    if differing.is_empty() {
        return Ok(pulled);
    }
    Err(OperationError::Several {
        problem: format!(
            "the pull did not bring what is served; {} was not started",
            plan.project.name
        ),
        items: differing,
        kind: FailureKind::Difference,
        advice: Some(
            "a mirror of the engine may serve old images (`docker info`, Registry Mirrors)"
                .to_owned(),
        ),
    }
    .into())
}

async fn pull_once(tools: &Tools<'_>, plan: &ProjectPlan) -> Result<(), LifecycleError> {
    let names: Vec<&str> = plan.to_pull().keys().map(|name| name.as_str()).collect();
    let title = format!("pull {}", names.join(", "));
    let step = tools.environment.reporter.step(&format!("pull.{}", plan.project.name), &title);
    let run = Run { tools, plan, purpose: title.clone(), step: &step };
    let outcome = run.to_end(&plan.pull_arguments(), |_| ()).await;
    let failed = match outcome {
        Ok(()) => {
            step.finish(StepState::Done, "");
            return Ok(());
        }
        Err(failed) => failed.words(),
    };
    step.finish(StepState::Failed, "");
    Err(OperationError::Several {
        problem: format!("cannot {title}; {} was not started", plan.project.name),
        items: vec![failed],
        kind: FailureKind::Failed,
        advice: Some("run the same command again; `--offline` starts with what is here".to_owned()),
    }
    .into())
}

/// Looks at what the pull brought; where it is not what was served before, the
/// registry is asked once more.
async fn look_again(tools: &Tools<'_>, plan: &mut ProjectPlan) -> Result<(), LifecycleError> {
    let here = observed::images(&tools.engine, plan.references()).await;
    let here = here.map_err(OperationError::engine("look at the images that were pulled"))?;
    for service in plan.services.values_mut() {
        service.here = service.reference.as_ref().and_then(|image| here.get(image)).cloned();
    }
    let Some(registry) = &tools.registry else { return Ok(()) };
    let differing = plan.to_pull().into_values().filter_map(|service| service.reference.clone());
    let differing: BTreeSet<Reference> = differing.collect();
    for (reference, served) in resolve(registry, differing).await {
        // Silence leaves what was known: the next look tells the difference.
        let Ok(digest) = served else { continue };
        let meant = |image: &Option<Reference>| image.as_ref() == Some(&reference);
        for service in plan.services.values_mut().filter(|service| meant(&service.reference)) {
            if let Measure::Served(known) = &mut service.measure {
                *known = digest.clone();
            }
        }
    }
    Ok(())
}

/// What is still not as served. The platform of an image is not told truly by
/// every store: a digest that came is enough.
fn differing(plan: &ProjectPlan) -> Vec<String> {
    let lines = plan.services.iter().filter_map(|(name, service)| {
        let digest = service.served()?;
        let image = service.reference.as_ref()?;
        let came = match &service.here {
            Some(here) if here.is(digest) => return None,
            Some(here) => here.digests.first().map_or("another one", Digest::short),
            None => "nothing",
        };
        Some(format!("{name}: {image}: {} is served, {came} came", digest.short()))
    });
    lines.collect()
}
