//! Stops Compose projects as `docker compose down` does, and reports what that
//! leaves.

mod compose_takedown;
mod context;
mod declared_services;
mod engine_takedown;
mod error;
mod outcome;
mod preview;
mod project_query;
mod report;
mod report_document;
mod request;
mod stop_project;
mod takedown;
mod target_project;

use futures_util::FutureExt as _;
use operation::{Environment, Failures, LocalProject, counted};

use self::{
    context::StopContext,
    project_query::project_queries,
    report_document::show_project_end,
    stop_project::{preview_project, stop_project},
};
pub use self::{
    error::StopError,
    preview::{ProjectPlan, StopPreview},
    report::{ProjectReport, RemainingResource, RemovedResources, StopMethod, StopReport},
    request::StopRequest,
};

/// Plans what [`run`] would do, without changing anything.
///
/// # Errors
/// As [`run`], before it changes anything. The plans of the other projects are part of
/// the error.
pub async fn preview(
    local: &LocalProject,
    environment: &Environment,
    request: &StopRequest,
) -> Result<StopPreview, StopError> {
    let queries = project_queries(local, environment, request)?;
    let context = StopContext::new(local, environment, request)?;
    let mut failures = Failures::new(queries.len(), &environment.reporter);
    let mut preview = StopPreview::default();
    for query in queries {
        let label = query.to_string();
        match preview_project(&context, query).await {
            Ok(plan) => preview.projects.push(plan),
            Err(error) => failures.push(label, error),
        }
    }
    match failures.conclude(false, not_down) {
        Ok(()) => Ok(preview),
        Err(error) => Err(error.with_preview(preview)),
    }
}

/// Stops the projects one after the other; a failure of one does not prevent the
/// others from being stopped. `interrupt` resolves when the user wants to stop: then
/// nothing further is waited for, and the report is what exists.
///
/// # Errors
/// [`StopError::Compose`] for files that cannot be read and from which no container was
/// started, [`StopError::Operation`] when the engine does not answer or the user
/// declines, [`StopError::NotDown`] when something is left that should have been
/// removed. Once a project was worked on, [`StopError::Incomplete`] with the report.
pub async fn run(
    local: &LocalProject,
    environment: &Environment,
    request: &StopRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<StopReport, StopError> {
    let interrupt = interrupt.shared();
    let queries = project_queries(local, environment, request)?;
    let context = StopContext::new(local, environment, request)?;
    let mut failures = Failures::new(queries.len(), &environment.reporter);
    let mut report = StopReport::default();
    for query in queries {
        let label = query.to_string();
        match stop_project(&context, query, interrupt.clone()).await {
            Ok(project) => {
                show_project_end(&environment.reporter, &project);
                if let Some(error) = StopError::from_report(&project) {
                    failures.push(label, error);
                }
                report.projects.push(project);
            }
            Err(error) => failures.push(label, error),
        }
        if failures.is_interrupted() {
            break;
        }
    }
    let changed = report.projects.iter().any(|project| project.changed);
    match failures.conclude(changed, not_down) {
        Ok(()) => Ok(report),
        Err(error) => Err(error.with_report(report)),
    }
}

fn not_down(projects: usize) -> String {
    let verb = if projects == 1 { "is" } else { "are" };
    format!("{} {verb} not down", counted(projects, "project"))
}
