use ::report::{Document, Event, Reporter, Table};
use compose::down::DownPlan;
use operation::Present;
use serde::Serialize;
use serde_json::json;

use super::{report::project_label, report_document::nothing_to_do};

/// What a run would do with each project.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StopPreview {
    /// In the order of the request.
    pub projects: Vec<ProjectPlan>,
}

/// What a run would do with one project.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectPlan {
    /// Its name.
    pub project: String,
    /// Its Compose files, if they can be used.
    pub files: Vec<String>,
    /// What would be removed, in which order, and what would stay.
    pub plan: DownPlan,
}

impl Present for StopPreview {
    fn present(&self, reporter: &Reporter) {
        for project in &self.projects {
            if project.plan.is_empty() {
                reporter.ok(project.nothing_to_remove());
            }
            reporter.emit(&Event::Plan(project.plan_document()));
        }
        reporter.info("dry run: nothing was changed");
    }
}

impl ProjectPlan {
    fn nothing_to_remove(&self) -> String {
        if self.plan.leftovers.is_empty() {
            return nothing_to_do(&self.project, &self.files);
        }
        let project = project_label(&self.project, &self.files);
        format!("nothing to do: {project} has nothing that `down` removes")
    }

    /// Every step in its order, and what stays.
    fn plan_document(&self) -> Document {
        let steps = steps_table(&self.plan);
        let mut document = Document::new(json!(self));
        if steps.is_empty() {
            document = document.markdown_only().list(vec![self.nothing_to_remove()]).everywhere();
        } else {
            let project = project_label(&self.project, &self.files);
            document = document.heading(format!("Plan: {project} down")).table(steps);
        }
        let stays = stays_table(&self.plan);
        if stays.is_empty() { document } else { document.heading("Kept").table(stays) }
    }
}

fn steps_table(plan: &DownPlan) -> Table {
    let mut steps = Table::new(&["step", "what", "now"]);
    for service in &plan.services {
        for container in &service.containers {
            let action = format!("stop and remove container {}", container.name);
            steps.row([(service.level + 1).to_string(), action, container.state.clone()]);
        }
    }
    let levels = plan.services.iter().map(|service| service.level + 1).max().unwrap_or_default();
    let last_step = (levels + 1).to_string();
    for down in &plan.networks {
        let now = match down.held_by.as_slice() {
            [] => String::new(),
            containers => format!("kept: in use by {}", containers.join(", ")),
        };
        steps.row([last_step.clone(), format!("remove network {}", down.network.name), now]);
    }
    for volume in &plan.volumes {
        let action = format!("remove volume {}", volume.name);
        steps.row([last_step.clone(), action, "with its data".to_owned()]);
    }
    steps
}

fn stays_table(plan: &DownPlan) -> Table {
    let mut stays = Table::new(&["kept", "how to remove", "why"]);
    for leftover in &plan.leftovers {
        let removed_by =
            if leftover.reason.is_removed_by_everything() { "--everything" } else { "" };
        let resource = format!("{} {}", leftover.kind, leftover.name);
        stays.row([resource, removed_by.to_owned(), leftover.reason.to_string()]);
    }
    stays
}
