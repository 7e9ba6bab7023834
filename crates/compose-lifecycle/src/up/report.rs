//! The result of starting projects: what every container runs, compared with what is
//! served.

use std::collections::BTreeSet;

use ::report::{Document, Event, Reporter, Table};
use compose_runtime::{
    ContainerChange, ContainerProof, ImageVerdict, Observation, Readiness, ServiceContainer,
    removed_containers,
};
use operation::Present;
use serde::Serialize;
use serde_json::json;

use super::{plan::ProjectPlan, plan_document::unchecked_label};

/// What every container of the projects runs.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UpReport {
    /// In the order of the configuration.
    pub projects: Vec<ProjectReport>,
}

/// What the containers of a project run, from an observation after the start.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectReport {
    /// The project's name.
    pub project: String,
    /// The containers of the selected services, and others that changed.
    pub rows: Vec<ContainerRow>,
    /// Services that should have a container and have none.
    pub without_container: Vec<String>,
    /// Containers that no longer exist and were not replaced.
    #[serde(rename = "gone")]
    pub removed: Vec<String>,
    /// Whether images were pulled or built.
    #[serde(skip)]
    pub images_changed: bool,
}

/// A container of the project.
#[derive(Debug, Clone, Serialize)]
pub struct ContainerRow {
    /// What it runs.
    #[serde(flatten)]
    pub proof: ContainerProof,
    /// What happened to it.
    pub change: ContainerChange,
    /// `healthy`, `running`, `exited 0` …
    pub state: String,
}

impl Present for UpReport {
    fn present(&self, reporter: &Reporter) {
        self.show_containers(reporter);
        self.projects.iter().for_each(|project| reporter.ok(project.success_line()));
    }
}

impl UpReport {
    /// Shows what every container runs.
    pub(super) fn show_containers(&self, reporter: &Reporter) {
        let mut document = Document::new(json!(self));
        for project in &self.projects {
            document = project.add_to(document);
        }
        reporter.emit(&Event::Report(document));
    }

    /// Everything that is not as it should be, one line each.
    #[must_use]
    pub fn container_differences(&self) -> Vec<String> {
        self.projects.iter().flat_map(ProjectReport::container_differences).collect()
    }

    /// Whether any container was changed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.projects.iter().any(ProjectReport::is_changed)
    }

    pub(super) fn project_names(&self) -> String {
        let names: Vec<&str> =
            self.projects.iter().map(|project| project.project.as_str()).collect();
        names.join(", ")
    }
}

impl ProjectReport {
    /// Compares what exists now with the plan.
    pub(super) fn new(plan: &ProjectPlan, now: &Observation, images_changed: bool) -> Self {
        let rows = now.containers.iter().map(|container| ContainerRow::new(plan, now, container));
        let rows: Vec<ContainerRow> = rows.filter(ContainerRow::is_relevant).collect();
        let present: BTreeSet<&str> = rows.iter().map(|row| row.proof.service.as_str()).collect();
        let expected = plan.services_with_containers().into_iter();
        let without_container = expected.filter(|service| !present.contains(service));
        Self {
            without_container: without_container.map(str::to_owned).collect(),
            project: plan.project.name.clone(),
            removed: removed_containers(&plan.before, now),
            rows,
            images_changed,
        }
    }

    fn container_differences(&self) -> Vec<String> {
        let missing = self.without_container.iter().map(|name| format!("{name}: no container"));
        self.rows.iter().filter_map(|row| row.proof.difference()).chain(missing).collect()
    }

    fn is_changed(&self) -> bool {
        !self.removed.is_empty()
            || self.rows.iter().any(|row| row.change != ContainerChange::Unchanged)
    }

    fn add_to(&self, document: Document) -> Document {
        let mut table = Table::new(&["service", "state", "runs"]);
        for row in &self.rows {
            let state = format!("{}, {}", row.change, row.state);
            table.row([self.service_label(row), state, row.verdict_label()]);
        }
        for service in &self.without_container {
            table.row([service.as_str(), "no container", "-"]);
        }
        let removed = self.removed.iter().map(|name| format!("removed: {name}")).collect();
        let heading = format!("Containers of {}", self.project);
        document.heading(heading).table(table).list(removed)
    }

    /// The service, with the container's number if it has several.
    fn service_label(&self, row: &ContainerRow) -> String {
        let (service, number) = (&row.proof.service, row.proof.number);
        let containers = self.rows.iter().filter(|other| other.proof.service == *service).count();
        if containers > 1 { format!("{service} {number}") } else { service.clone() }
    }

    /// One line about a project that was started successfully.
    fn success_line(&self) -> String {
        let (name, proof) = (&self.project, self.proof_summary());
        if !self.images_changed && !self.is_changed() {
            return format!("{name}: nothing to do: {proof}");
        }
        use ContainerChange::{Created, Recreated, Started, Unchanged};
        let changes = [Created, Recreated, Started, Unchanged].into_iter();
        let changes: Vec<String> =
            changes.filter_map(|change| self.services_with_change(change)).collect();
        format!("{name}: {proof}; {}", changes.join("; "))
    }

    fn proof_summary(&self) -> String {
        let served = self.rows.iter().filter(|row| row.proof.verdict == ImageVerdict::Served);
        match (served.count(), self.rows.len()) {
            (_, 0) => "no service has a container".to_owned(),
            (0, _) => "no container was compared with a registry".to_owned(),
            (1, 1) => "1 container runs what the registry serves".to_owned(),
            (served, all) if served == all => {
                format!("{all} containers run what the registry serves")
            }
            (served, all) => format!(
                "{served} of {all} containers run what the registry serves, the others were not \
                 compared"
            ),
        }
    }

    /// `recreated: web, worker`
    fn services_with_change(&self, change: ContainerChange) -> Option<String> {
        let rows = self.rows.iter().filter(|row| row.change == change);
        let mut services: Vec<&str> = rows.map(|row| row.proof.service.as_str()).collect();
        services.dedup();
        (!services.is_empty()).then(|| format!("{change}: {}", services.join(", ")))
    }
}

impl ContainerRow {
    fn new(plan: &ProjectPlan, now: &Observation, container: &ServiceContainer) -> Self {
        let service = plan.services.get(&container.service);
        let reference = service.and_then(|service| service.reference.as_ref());
        let expected = service.map(|service| &service.expected);
        Self {
            proof: ContainerProof::new(container, now.image_of(container), reference, expected),
            change: ContainerChange::since(&plan.before, container),
            state: Readiness::of_container(&container.details, true).to_string(),
        }
    }

    /// Containers of other services matter only if they changed.
    fn is_relevant(&self) -> bool {
        self.proof.verdict != ImageVerdict::NotSelected || self.change != ContainerChange::Unchanged
    }

    fn verdict_label(&self) -> String {
        match self.proof.verdict {
            ImageVerdict::Served => format!("{}, as served", self.proof.image_label()),
            ImageVerdict::Differs => format!("{}, NOT as served", self.proof.image_label()),
            ImageVerdict::Unknown => "an image that no longer exists".to_owned(),
            ImageVerdict::NotSelected => "not selected; not compared".to_owned(),
            ImageVerdict::NotCompared(reason) => unchecked_label(self.proof.runs.as_ref(), reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use compose_runtime::{EngineImage, ExpectedImage, UncheckedReason};
    use image_ref::{Digest, ImageId};

    use super::*;
    use crate::up::fixtures::{project_plan, running_container};

    /// The project after a run: `web` runs an image with these digests, `db` has no
    /// container.
    fn report(digests: &[&str], expected: ExpectedImage) -> UpReport {
        let id = ImageId::new(Digest::of(b"config"));
        let digests = digests.iter().map(|text| Digest::of(text.as_bytes())).collect();
        let image = EngineImage { id: id.clone(), digests, platform: None };
        let mut web = running_container("web", 'b');
        web.details.image_id = Some(id.clone());
        let now = Observation { containers: vec![web], images: BTreeMap::from([(id, image)]) };
        let mut plan = project_plan(&["web", "db"]);
        plan.services.get_mut("web").unwrap().expected = expected;
        plan.before.containers = vec![running_container("web", 'a')];
        UpReport { projects: vec![ProjectReport::new(&plan, &now, false)] }
    }

    fn served() -> ExpectedImage {
        ExpectedImage::Digest(Digest::of(b"new"))
    }

    #[test]
    fn a_container_of_an_old_image_is_a_difference() {
        let report = report(&["old"], served());
        assert_eq!(report.projects[0].rows[0].change, ContainerChange::Recreated);
        let differences = report.container_differences();
        assert!(differences[0].starts_with("web (demo-web-1) runs sha256:"), "{differences:?}");
        assert_eq!(differences[1..], ["db: no container"]);
    }

    #[test]
    fn an_image_that_is_not_compared_is_no_difference() {
        let report = report(&[], ExpectedImage::Unchecked(UncheckedReason::Built));
        assert_eq!(report.container_differences(), ["db: no container"]);
        let row = &report.projects[0].rows[0];
        assert_eq!(row.verdict_label(), "built locally; not compared");
    }

    #[test]
    fn the_summary_has_every_change() {
        let report = report(&["new"], served());
        let summary = "demo: 1 container runs what the registry serves; recreated: web";
        assert_eq!(report.projects[0].success_line(), summary);
    }

    #[test]
    fn field_names_of_the_json_are_stable() {
        let report = json!(report(&["new"], served()));
        let project = report["projects"][0].as_object().unwrap();
        let fields: Vec<&String> = project.keys().collect();
        assert_eq!(fields, ["project", "rows", "without_container", "gone"]);
        let row = project["rows"][0].as_object().unwrap();
        let fields: Vec<&String> = row.keys().collect();
        let expected = [
            "service",
            "number",
            "container",
            "id",
            "image",
            "served",
            "runs",
            "image_id",
            "verdict",
            "change",
            "state",
        ];
        assert_eq!(fields, expected);
    }
}
