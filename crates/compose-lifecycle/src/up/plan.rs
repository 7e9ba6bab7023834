//! What is going to be done with each project: decided from the Compose files, from
//! what registries serve and from what the engine has. Pure functions.

use std::collections::{BTreeMap, BTreeSet};

use compose::ComposeProject;
use compose_runtime::{
    EngineImage, ExpectedImage, Observation, PullReason, UncheckedReason, UnresolvedReference,
    pull_reason,
};
use image_ref::{Digest, Platform, Reference};

use super::{
    image_source::ImageSource,
    problem::{Problem, ProblemCause},
    service_selection::{SelectedProject, SelectedService},
};

/// A project, the images of its services, and what exists of it.
#[derive(Debug)]
pub(super) struct ProjectPlan {
    pub(super) project: ComposeProject,
    /// The services that the user named; empty for all active ones.
    pub(super) named: Vec<String>,
    /// The services that are started, including dependencies.
    pub(super) services: BTreeMap<String, ServicePlan>,
    /// What existed before anything was done.
    pub(super) before: Observation,
}

/// A service that is started.
#[derive(Debug, Clone)]
pub(super) struct ServicePlan {
    /// The reference of its image in the Compose file.
    pub(super) reference: Option<Reference>,
    /// The image that its containers should run.
    pub(super) expected: ExpectedImage,
    /// The platform in the Compose file.
    pub(super) platform: Option<Platform>,
    pub(super) pull_policy: Option<String>,
    pub(super) has_containers: bool,
    /// The image that the engine has under the reference.
    pub(super) local: Option<EngineImage>,
}

/// What the engine and the registries have under the references of all services.
pub(super) struct ImageFacts {
    pub(super) offline: bool,
    pub(super) local: BTreeMap<Reference, EngineImage>,
    pub(super) served: BTreeMap<Reference, Result<Digest, UnresolvedReference>>,
}

/// Plans the projects, each with what exists of it now.
///
/// # Errors
/// Everything that prevents a start.
pub(super) fn plan_projects(
    projects: Vec<(SelectedProject, Observation)>,
    facts: &ImageFacts,
) -> Result<Vec<ProjectPlan>, Vec<Problem>> {
    let (mut plans, mut problems) = (Vec::new(), Vec::new());
    for (SelectedProject { project, named, services }, before) in projects {
        let mut planned = BTreeMap::new();
        for (name, service) in services {
            match plan_service(service, facts) {
                Ok(plan) => {
                    planned.insert(name, plan);
                }
                Err((image, cause)) => problems.push(Problem { service: name, image, cause }),
            }
        }
        plans.push(ProjectPlan { project, named, services: planned, before });
    }
    if problems.is_empty() { Ok(plans) } else { Err(problems) }
}

fn plan_service(
    service: SelectedService,
    facts: &ImageFacts,
) -> Result<ServicePlan, (Option<String>, ProblemCause)> {
    let local = service.image.as_ref().and_then(|image| facts.local.get(image));
    match expected_image(&service, local, facts) {
        Ok(expected) => Ok(ServicePlan {
            expected,
            local: local.cloned(),
            reference: service.image,
            platform: service.platform,
            pull_policy: service.pull_policy,
            has_containers: service.has_containers,
        }),
        Err(cause) => Err((service.image.map(|image| image.to_string()), cause)),
    }
}

fn expected_image(
    service: &SelectedService,
    local: Option<&EngineImage>,
    facts: &ImageFacts,
) -> Result<ExpectedImage, ProblemCause> {
    let source = service.source.as_ref();
    match source.map_err(|problem| ProblemCause::InvalidFile(problem.clone()))? {
        ImageSource::Provider => Ok(ExpectedImage::Unchecked(UncheckedReason::Provider)),
        ImageSource::RolledBack => Ok(ExpectedImage::Unchecked(UncheckedReason::RolledBack)),
        ImageSource::Build => Ok(ExpectedImage::Unchecked(UncheckedReason::Built)),
        ImageSource::LocalOnly(_) if local.is_none() => Err(ProblemCause::NotPresent {
            problem: "not present, and `pull_policy: never` prevents a pull",
            advice: "build or load it, or change its pull_policy",
        }),
        ImageSource::LocalOnly(_) => Ok(ExpectedImage::Unchecked(UncheckedReason::PullNever)),
        ImageSource::Registry(_) if facts.offline && local.is_none() => {
            Err(ProblemCause::NotPresent {
                problem: "not present, and --offline prevents a pull",
                advice: "run once without --offline, or load it",
            })
        }
        ImageSource::Registry(_) if facts.offline => {
            Ok(ExpectedImage::Unchecked(UncheckedReason::Offline))
        }
        ImageSource::Registry(reference) => expected_of_registry(reference, local, facts),
    }
}

/// A digest identifies content: if the reference has one and the engine has that
/// image, no registry can serve another one, and none has to answer.
fn expected_of_registry(
    reference: &Reference,
    local: Option<&EngineImage>,
    facts: &ImageFacts,
) -> Result<ExpectedImage, ProblemCause> {
    let pinned = reference.digest();
    let present = pinned.filter(|digest| local.is_some_and(|image| image.has_digest(digest)));
    match (facts.served.get(reference), present) {
        (Some(Ok(digest)), _) => Ok(ExpectedImage::Digest(digest.clone())),
        (_, Some(present)) => Ok(ExpectedImage::Digest(present.clone())),
        (Some(Err(UnresolvedReference { problem, advice })), None) => Err(ProblemCause::Registry {
            problem: problem.clone(),
            advice: advice.clone(),
            is_local: local.is_some(),
        }),
        (None, None) => Err(ProblemCause::InvalidFile("its registry was not queried".to_owned())),
    }
}

impl ServicePlan {
    /// Why its image must be pulled; `None` if it need not be.
    pub(super) fn pull_reason(&self) -> Option<PullReason> {
        let digest = self.expected.expected_digest()?;
        pull_reason(digest, self.platform.as_ref(), self.local.as_ref())
    }

    /// Whether Compose's `pull` would keep the local image.
    fn keeps_local_image(&self) -> bool {
        self.pull_policy.as_deref().is_some_and(|policy| policy != "always")
    }

    fn is_built(&self) -> bool {
        self.expected == ExpectedImage::Unchecked(UncheckedReason::Built)
    }

    /// Whether the Compose file asks for a build at each start.
    fn is_built_each_time(&self) -> bool {
        self.is_built() && self.pull_policy.as_deref() == Some("build")
    }
}

impl ProjectPlan {
    /// The services whose image must be pulled.
    pub(super) fn services_to_pull(&self) -> BTreeMap<&str, &ServicePlan> {
        let services = self.services.iter().filter(|(_, plan)| plan.pull_reason().is_some());
        services.map(|(name, plan)| (name.as_str(), plan)).collect()
    }

    /// `docker compose pull` of these services. The policies of the Compose file would
    /// keep old images.
    pub(super) fn pull_arguments(&self) -> Vec<&str> {
        let services = self.services_to_pull();
        let overrule = services.values().any(|service| service.keeps_local_image());
        let policy = if overrule { ["--policy", "always"].as_slice() } else { &[] };
        ["pull"].iter().chain(policy).copied().chain(services.into_keys()).collect()
    }

    /// The services that are built before the start. `up` would not build them: it is
    /// called with a pull policy, which replaces theirs.
    pub(super) fn services_to_build(&self) -> Vec<&str> {
        let services = self.services.iter().filter(|(_, plan)| plan.is_built_each_time());
        services.map(|(name, _)| name.as_str()).collect()
    }

    /// The services that are built at all, before the start or by `up`.
    pub(super) fn built_services(&self) -> Vec<&str> {
        let services = self.services.iter().filter(|(_, plan)| {
            plan.is_built_each_time() || (plan.is_built() && plan.local.is_none())
        });
        services.map(|(name, _)| name.as_str()).collect()
    }

    /// `docker compose up` of these services. Everything that must be pulled has been;
    /// another pull could bring an image that nobody has checked.
    pub(super) fn up_arguments(&self) -> Vec<&str> {
        let named = self.named.iter().map(String::as_str);
        ["up", "--detach", "--pull", "never"].into_iter().chain(named).collect()
    }

    /// The references of all images.
    pub(super) fn image_references(&self) -> BTreeSet<Reference> {
        self.services.values().filter_map(|service| service.reference.clone()).collect()
    }

    /// The services that must have containers.
    pub(super) fn services_with_containers(&self) -> BTreeSet<&str> {
        let services = self.services.iter().filter(|(_, plan)| plan.has_containers);
        services.map(|(name, _)| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use image_ref::ImageId;

    use super::*;
    use crate::up::fixtures::{project_plan, service_plan};

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn plan(services: Vec<(&str, ServicePlan)>) -> ProjectPlan {
        let services = services.into_iter().map(|(name, plan)| (name.to_owned(), plan)).collect();
        ProjectPlan { named: vec!["web".to_owned()], services, ..project_plan(&[]) }
    }

    fn service(expected: ExpectedImage, pull_policy: Option<&str>) -> ServicePlan {
        ServicePlan { expected, pull_policy: pull_policy.map(str::to_owned), ..service_plan() }
    }

    fn served() -> ExpectedImage {
        ExpectedImage::Digest(digest("new"))
    }

    #[test]
    fn only_images_of_a_registry_are_pulled() {
        let plan = plan(vec![
            ("web", service(served(), None)),
            ("built", service(ExpectedImage::Unchecked(UncheckedReason::Built), Some("build"))),
            ("old", service(ExpectedImage::Unchecked(UncheckedReason::Offline), None)),
        ]);
        assert_eq!(plan.pull_arguments(), ["pull", "web"]);
        assert_eq!(plan.services_to_build(), ["built"]);
        assert_eq!(plan.up_arguments(), ["up", "--detach", "--pull", "never", "web"]);
    }

    #[test]
    fn a_policy_that_keeps_old_images_is_overruled() {
        for (policy, arguments) in [("always", "pull web"), ("missing", "pull --policy always web")]
        {
            let plan = plan(vec![("web", service(served(), Some(policy)))]);
            assert_eq!(plan.pull_arguments().join(" "), arguments);
        }
    }

    /// Plans one service of the registry, which answers so.
    fn expected(
        reference: &str,
        local: Option<&str>,
        answer: Result<&str, &str>,
    ) -> Result<ExpectedImage, ProblemCause> {
        let reference: Reference = reference.parse().unwrap();
        let local = local.map(|text| EngineImage {
            id: ImageId::new(digest("config")),
            digests: BTreeSet::from([digest(text)]),
            platform: None,
        });
        let answer = answer
            .map(digest)
            .map_err(|problem| UnresolvedReference { problem: problem.to_owned(), advice: None });
        let served = BTreeMap::from([(reference.clone(), answer)]);
        let facts = ImageFacts { offline: false, local: BTreeMap::new(), served };
        expected_of_registry(&reference, local.as_ref(), &facts)
    }

    #[test]
    fn an_image_by_digest_needs_no_registry_if_it_is_present() {
        let pinned = format!("demo/web@{}", digest("pinned"));
        let present = expected(&pinned, Some("pinned"), Err("unreachable"));
        assert_eq!(present, Ok(ExpectedImage::Digest(digest("pinned"))));
        assert!(expected(&pinned, Some("other"), Err("unreachable")).is_err());
        let by_tag = expected("demo/web", Some("new"), Ok("new"));
        assert_eq!(by_tag, Ok(ExpectedImage::Digest(digest("new"))));
    }

    #[test]
    fn an_unreachable_registry_is_a_problem_that_says_whether_the_image_is_local() {
        for (local, is_local) in [(Some("old"), true), (None, false)] {
            let problem = "unreachable".to_owned();
            let cause = ProblemCause::Registry { problem, advice: None, is_local };
            assert_eq!(expected("demo/web", local, Err("unreachable")), Err(cause));
        }
    }
}
