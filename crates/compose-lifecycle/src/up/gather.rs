//! Everything that is known before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use compose::ComposeProject;
use image_ref::{Digest, Reference};

use super::{
    comparison::Here,
    finding::{self, Finding, Obstacle},
    observed::{self, Observed},
    origin::Origin,
    plan::{Measure, ProjectPlan, ServicePlan, Why},
    selection::{SelectedProject, SelectedService, select},
    served::{Unresolved, resolve},
    tools::Tools,
};
use operation::OperationError;

use crate::LifecycleError;

/// Reads the projects, asks the registries, looks at the engine; refuses with
/// everything that stands in the way.
///
/// # Errors
/// [`OperationError::Usage`] for an unknown service, [`LifecycleError::Compose`]
/// for a file that cannot be read, [`OperationError::Several`] with all findings.
pub(super) async fn gather(
    tools: &Tools<'_>,
    projects: Vec<ComposeProject>,
) -> Result<Vec<ProjectPlan>, LifecycleError> {
    let selected = select(tools, projects).await?;
    let services = selected.iter().flat_map(|project| project.services.values());
    let images: BTreeSet<Reference> =
        services.clone().filter_map(|service| service.image.clone()).collect();
    let asked: BTreeSet<Reference> =
        services.filter_map(SelectedService::served_by_a_registry).cloned().collect();
    let (here, served) = tokio::join!(observed::images(&tools.engine, images), ask(tools, asked));
    let here = here.map_err(OperationError::engine("look at the images that are here"))?;
    let known = Known { offline: tools.request.offline, here, served };
    let (mut plans, mut findings) = (Vec::new(), Vec::new());
    for project in selected {
        let before = Observed::of(&tools.engine, &project.project.name).await;
        let before = before.map_err(OperationError::engine("look at the project's containers"))?;
        plans.push(known.plan(project, before, &mut findings));
    }
    finding::refuse(findings)?;
    known.warn_of_pins(tools, &plans);
    warn_of_builds(tools, &plans);
    Ok(plans)
}

async fn ask(
    tools: &Tools<'_>,
    references: BTreeSet<Reference>,
) -> BTreeMap<Reference, Result<Digest, Unresolved>> {
    let Some(registry) = tools.registry.as_ref().filter(|_| !references.is_empty()) else {
        return BTreeMap::new();
    };
    let count = references.len();
    let images = if count == 1 { "image" } else { "images" };
    tools.environment.reporter.info(format!("asking what is served: {count} {images}"));
    resolve(registry, references).await
}

/// What engine and registries answered.
struct Known {
    offline: bool,
    here: BTreeMap<Reference, Here>,
    served: BTreeMap<Reference, Result<Digest, Unresolved>>,
}

impl Known {
    /// The plan of a project; what has no plan is a finding.
    fn plan(
        &self,
        project: SelectedProject,
        before: Observed,
        findings: &mut Vec<Finding>,
    ) -> ProjectPlan {
        let mut services = BTreeMap::new();
        for (name, service) in project.services {
            let here = service.image.as_ref().and_then(|image| self.here.get(image));
            match self.measure(&service, here) {
                Ok(measure) => {
                    services.insert(name, service_plan(service, measure, here.cloned()));
                }
                Err(obstacle) => {
                    let image = service.image.map(|image| image.to_string());
                    findings.push(Finding { service: name, image, obstacle });
                }
            }
        }
        let SelectedProject { project, named, .. } = project;
        ProjectPlan { project, named, services, before }
    }

    fn measure(&self, service: &SelectedService, here: Option<&Here>) -> Result<Measure, Obstacle> {
        let needed = |why, problem, advice| match here {
            Some(_) => Ok(Measure::Nothing(why)),
            None => Err(Obstacle::NotHere { problem, advice }),
        };
        match service.origin.as_ref().map_err(|problem| Obstacle::File(problem.clone()))? {
            Origin::Provider => Ok(Measure::Nothing(Why::Provider)),
            Origin::Built => Ok(Measure::Nothing(Why::Built)),
            Origin::Never(_) => needed(
                Why::PullNever,
                "not here, and `pull_policy: never` keeps it from being pulled",
                "build or load it, or change its pull_policy",
            ),
            Origin::Registry(_) if self.offline => needed(
                Why::Offline,
                "not here, and no registry is asked",
                "leave --offline out once, or load it",
            ),
            Origin::Registry(reference) => self.served(reference, here),
        }
    }

    /// A digest is content: where it is stated and here, no registry can serve
    /// another one, and its silence stands in nobody's way.
    fn served(&self, reference: &Reference, here: Option<&Here>) -> Result<Measure, Obstacle> {
        let here_by_pin = reference.digest().filter(|pin| here.is_some_and(|here| here.is(pin)));
        match (self.served.get(reference), here_by_pin) {
            (Some(Ok(digest)), _) => Ok(Measure::Served(digest.clone())),
            (_, Some(pin)) => Ok(Measure::Served(pin.clone())),
            (Some(Err(Unresolved { problem, advice })), None) => Err(Obstacle::Registry {
                problem: problem.clone(),
                advice: advice.clone(),
                is_here: here.is_some(),
            }),
            (None, None) => Err(Obstacle::File("nobody asked the registry".to_owned())),
        }
    }

    fn warn_of_pins(&self, tools: &Tools<'_>, plans: &[ProjectPlan]) {
        let used: BTreeSet<Reference> = plans.iter().flat_map(ProjectPlan::references).collect();
        for (reference, served) in &self.served {
            if let Err(Unresolved { problem, .. }) = served
                && used.contains(reference)
            {
                let text = format!("{reference} is used as it is here: {problem}");
                tools.environment.reporter.warn(text);
            }
        }
    }
}

/// A build asks registries for its base image, whatever is asked of this program.
fn warn_of_builds(tools: &Tools<'_>, plans: &[ProjectPlan]) {
    let services = plans.iter().flat_map(|plan| plan.to_be_built());
    let names: Vec<&str> = services.collect();
    if tools.request.offline && !names.is_empty() {
        let text = format!("{} will be built, which may ask registries", names.join(", "));
        tools.environment.reporter.warn(text);
    }
}

fn service_plan(service: SelectedService, measure: Measure, here: Option<Here>) -> ServicePlan {
    ServicePlan {
        reference: service.image,
        measure,
        platform: service.platform,
        pull_policy: service.pull_policy,
        has_containers: service.has_containers,
        here,
    }
}
