//! How the result of stopping projects is shown.

use ::report::{Document, Event, Reporter, Table};
use operation::{Present, counted};
use serde_json::json;

use super::report::{ProjectReport, RemovedResources, StopMethod, StopReport, project_label};

impl Present for StopReport {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Report(report_document(self)));
    }
}

/// That a project has nothing to take down.
pub(super) fn nothing_to_do(project: &str, files: &[String]) -> String {
    let project = project_label(project, files);
    format!("nothing to do: {project} has no containers and no networks")
}

/// Shows how a project ended, before the next one is stopped.
pub(super) fn show_project_end(reporter: &Reporter, report: &ProjectReport) {
    report.warnings.iter().for_each(|warning| reporter.warn(warning));
    let (name, removed) = (&report.project, removed_counts(&report.removed));
    if report.method == StopMethod::NothingToDo {
        reporter.ok(nothing_to_do(name, &report.files));
    } else if report.interrupted {
        reporter.warn(format!("project {name}: interrupted; removed so far: {removed}"));
        reporter.info("the engine still finishes stopping containers that are being stopped");
    } else if report.unfinished.is_empty() && report.problems.is_empty() {
        show_success(reporter, name, &removed, report.running.len());
    }
}

/// Containers that `down` does not remove may still be running.
fn show_success(reporter: &Reporter, name: &str, removed: &str, running: usize) {
    if running == 0 {
        return reporter.ok(format!("project {name} is down; removed: {removed}"));
    }
    let text =
        format!("project {name}: everything that `down` removes is gone; removed: {removed}");
    reporter.ok(text);
    let running = counted(running, "container");
    reporter.warn(format!("still running in project {name}: {running}; remove with --everything"));
}

/// Such as `2 containers, 1 network`.
fn removed_counts(removed: &RemovedResources) -> String {
    let counts = [
        (removed.containers.len(), "container"),
        (removed.networks.len(), "network"),
        (removed.volumes.len(), "volume"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, noun)| counted(count, noun)).collect();
    if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }
}

fn report_document(report: &StopReport) -> Document {
    let projects = &report.projects;
    let mut document = Document::new(json!(report)).markdown_only().heading("Removed");
    let removed = removed_table(projects);
    document = match removed.is_empty() {
        true => document.list(vec!["nothing".to_owned()]),
        false => document.table(removed),
    };
    document = document.everywhere();
    let left = left_table(projects);
    if !left.is_empty() {
        document = document.heading("Remaining").table(left);
    }
    for project in projects.iter().filter(|project| !project.volumes.is_empty()) {
        let (name, volumes) = (&project.project, project.volumes.join(", "));
        document = document.text(format!("Volumes of {name} kept: {volumes}"));
    }
    with_running_containers(document, projects)
}

fn removed_table(projects: &[ProjectReport]) -> Table {
    let mut table = Table::new(&["project", "what"]);
    for project in projects {
        let RemovedResources { containers, networks, volumes } = &project.removed;
        for (kind, names) in [("container", containers), ("network", networks), ("volume", volumes)]
        {
            for name in names {
                table.row([project.project.clone(), format!("{kind} {name}")]);
            }
        }
    }
    table
}

fn left_table(projects: &[ProjectReport]) -> Table {
    let mut table = Table::new(&["remaining", "how to remove", "why"]);
    for resource in
        projects.iter().flat_map(|project| project.unfinished.iter().chain(&project.leftovers))
    {
        let removed_by = resource.removed_by.unwrap_or_default().to_owned();
        table.row([resource.to_string(), removed_by, resource.reason.clone()]);
    }
    table
}

fn with_running_containers(document: Document, projects: &[ProjectReport]) -> Document {
    let mut table = Table::new(&["container", "service", "state"]);
    for container in projects.iter().flat_map(|project| &project.running) {
        table.row([container.name.as_str(), container.service_name(), container.state.as_str()]);
    }
    if !table.is_empty() {
        return document.heading("Still running").table(table);
    }
    let names: Vec<&str> = projects.iter().map(|project| project.project.as_str()).collect();
    document.text(format!("No container of {} is running.", names.join(", ")))
}
