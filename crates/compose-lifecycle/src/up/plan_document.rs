//! The plan as people and programs see it.

use std::{collections::BTreeMap, path::PathBuf};

use ::report::{Document, Event, Reporter, Table};
use compose_runtime::{PlannedAction, PullReason, UncheckedReason};
use image_ref::{Digest, ImageId, Reference};
use operation::Present;
use serde::Serialize;
use serde_json::json;

use super::plan::{ProjectPlan, ServicePlan};

/// What a run would start and pull.
#[derive(Debug, Clone, Serialize)]
pub struct UpPlan {
    /// In the order of the configuration.
    pub projects: Vec<PlannedProject>,
}

/// What a run would do with one project.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedProject {
    /// Its name.
    pub name: String,
    /// Its Compose files.
    pub files: Vec<PathBuf>,
    /// The services that are started.
    pub services: Vec<PlannedService>,
    /// What Compose would do with the containers, if it was asked.
    pub containers: Option<PlannedContainers>,
}

/// What a run would do with one service.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedService {
    /// Its name.
    pub service: String,
    /// The reference of its image in the Compose file.
    pub image: Option<Reference>,
    /// The digest that the registry serves under it.
    pub served: Option<Digest>,
    /// Why it is not compared with a registry.
    pub not_compared: Option<UncheckedReason>,
    /// The image that the engine has under the reference.
    #[serde(rename = "here")]
    pub local: Option<PlannedImage>,
    /// Why the image is pulled, if it is.
    pub pull: Option<PullReason>,
}

/// An image in the engine.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedImage {
    /// The engine's identifier.
    pub id: ImageId,
    /// The digests under which registries served it.
    pub digests: Vec<Digest>,
}

/// What Compose would do with the containers of a project.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum PlannedContainers {
    /// By the containers' names.
    Actions(BTreeMap<String, PlannedAction>),
    /// Compose printed none.
    Unknown {
        /// Why.
        unknown: String,
    },
}

impl Present for UpPlan {
    fn present(&self, reporter: &Reporter) {
        self.show_plan(reporter);
        reporter.info("dry run: nothing was changed");
    }
}

impl UpPlan {
    pub(super) fn new(plans: &[ProjectPlan]) -> Self {
        Self { projects: plans.iter().map(PlannedProject::new).collect() }
    }

    pub(super) fn show_plan(&self, reporter: &Reporter) {
        let mut document = Document::new(json!(self));
        for project in &self.projects {
            document = project.add_to(document);
        }
        reporter.emit(&Event::Plan(document));
    }
}

impl PlannedProject {
    fn new(plan: &ProjectPlan) -> Self {
        let services = plan.services.iter();
        Self {
            name: plan.project.name.clone(),
            files: plan.project.files.clone(),
            services: services.map(|(name, plan)| PlannedService::new(name, plan)).collect(),
            containers: None,
        }
    }

    fn add_to(&self, document: Document) -> Document {
        let mut table = Table::new(&["service", "image", "will run"]);
        for service in &self.services {
            let image = service.image.as_ref().map(Reference::to_string).unwrap_or_default();
            table.row([service.service.clone(), image, service.start_label()]);
        }
        let document = document.heading(format!("Plan for {}", self.name)).table(table);
        match &self.containers {
            Some(containers) => {
                document.text("docker compose would:").list(action_lines(containers))
            }
            None => document,
        }
    }
}

fn action_lines(containers: &PlannedContainers) -> Vec<String> {
    match containers {
        PlannedContainers::Actions(actions) if actions.is_empty() => vec!["do nothing".to_owned()],
        PlannedContainers::Actions(actions) => {
            actions.iter().map(|(name, action)| format!("{action}: {name}")).collect()
        }
        PlannedContainers::Unknown { unknown } => vec![format!("unknown: {unknown}")],
    }
}

impl PlannedService {
    fn new(name: &str, plan: &ServicePlan) -> Self {
        let local = plan.local.as_ref().map(|image| PlannedImage {
            id: image.id.clone(),
            digests: image.digests.iter().cloned().collect(),
        });
        Self {
            service: name.to_owned(),
            image: plan.reference.clone(),
            served: plan.expected.expected_digest().cloned(),
            not_compared: plan.expected.unchecked_reason(),
            local,
            pull: plan.pull_reason(),
        }
    }

    /// The last column: it is broken between words on a narrow terminal.
    fn start_label(&self) -> String {
        let local = self.local.as_ref().and_then(|image| image.digests.first());
        if let Some(reason) = self.not_compared {
            return unchecked_label(local, reason);
        }
        let digest = self.served.as_ref().map(Digest::short).unwrap_or_default();
        let present = match (self.pull, local) {
            (None, _) => return format!("{digest}, present"),
            (Some(PullReason::Missing), _) => "not present".to_owned(),
            (Some(PullReason::OtherPlatform), _) => {
                "the local image is for another platform".to_owned()
            }
            (Some(PullReason::Differs), None) => {
                "the local image is not from a registry".to_owned()
            }
            (Some(PullReason::Differs), Some(older)) => {
                format!("the local image is {}", older.short())
            }
        };
        format!("{digest}, to be pulled: {present}")
    }
}

/// An image that is not compared, with its digest if it has one.
pub(super) fn unchecked_label(digest: Option<&Digest>, reason: UncheckedReason) -> String {
    match digest {
        Some(digest) => format!("{} ({reason}; not compared)", digest.short()),
        None => format!("{reason}; not compared"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use compose_runtime::{EngineImage, ExpectedImage};

    use super::*;
    use crate::up::fixtures::{project_plan, service_plan};

    fn label(local: Option<&[&str]>, expected: ExpectedImage) -> String {
        let local = local.map(|digests| EngineImage {
            id: ImageId::new(Digest::of(b"config")),
            digests: digests
                .iter()
                .map(|text| Digest::of(text.as_bytes()))
                .collect::<BTreeSet<_>>(),
            platform: None,
        });
        let plan = ServicePlan { local, expected, ..service_plan() };
        PlannedService::new("web", &plan).start_label()
    }

    #[test]
    fn the_plan_says_what_is_pulled_and_why() {
        let (new, old) = (Digest::of(b"new"), Digest::of(b"old"));
        let (new, old) = (new.short(), old.short());
        let served = || ExpectedImage::Digest(Digest::of(b"new"));
        let built = || ExpectedImage::Unchecked(UncheckedReason::Built);
        let missing = format!("{new}, to be pulled: not present");
        assert_eq!(label(None, served()), missing);
        assert_eq!(label(Some(&["new"]), served()), format!("{new}, present"));
        let differs = format!("{new}, to be pulled: the local image is {old}");
        assert_eq!(label(Some(&["old"]), served()), differs);
        assert_eq!(label(None, built()), "built locally; not compared");
        let with_digest = format!("{old} (built locally; not compared)");
        assert_eq!(label(Some(&["old"]), built()), with_digest);
    }

    #[test]
    fn field_names_of_the_json_are_stable() {
        let plan = json!(UpPlan::new(&[project_plan(&["web"])]));
        let project = plan["projects"][0].as_object().unwrap();
        let fields: Vec<&String> = project.keys().collect();
        assert_eq!(fields, ["name", "files", "services", "containers"]);
        let service = project["services"][0].as_object().unwrap();
        let fields: Vec<&String> = service.keys().collect();
        assert_eq!(fields, ["service", "image", "served", "not_compared", "here", "pull"]);
    }
}
