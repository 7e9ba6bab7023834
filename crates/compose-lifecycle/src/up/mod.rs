//! Starts Compose projects on the images that their registries serve now, and proves
//! it.

mod apply;
mod compose_step;
mod context;
mod error;
#[cfg(test)]
mod fixtures;
mod image_source;
mod plan;
mod plan_document;
mod prepare;
mod preview;
mod problem;
mod pull;
mod report;
mod request;
mod service_selection;
mod start;

use operation::{Environment, LocalProject, until_interrupted};

use self::{apply::UpRun, prepare::prepare_projects, preview::preview_containers};
pub use self::{
    error::UpError,
    plan_document::{PlannedContainers, PlannedImage, PlannedProject, PlannedService, UpPlan},
    problem::{Problem, ProblemCause},
    report::{ContainerRow, ProjectReport, UpReport},
    request::UpRequest,
};

/// Plans what [`run`] would do, without changing anything.
///
/// # Errors
/// As [`run`], before it changes anything.
pub async fn preview(
    local: &LocalProject,
    environment: &Environment,
    request: &UpRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<UpPlan, UpError> {
    let preview = async {
        let (context, plans) = prepare_projects(local, environment, request).await?;
        let mut preview = UpPlan::new(&plans);
        for (project, plan) in preview.projects.iter_mut().zip(&plans) {
            project.containers = Some(preview_containers(&context, plan).await);
        }
        Ok(preview)
    };
    until_interrupted(interrupt, preview).await
}

/// Pulls what differs from what registries serve, starts the services, waits until
/// they are ready, and proves that every container runs what is served. `interrupt`
/// resolves when the user wants to stop.
///
/// # Errors
/// Before anything is changed: [`UpError::Compose`], [`UpError::Operation`],
/// [`UpError::Unavailable`] with every problem of images. Before anything is started:
/// [`UpError::PullFailed`], [`UpError::PulledOther`]. Afterwards, with the report:
/// [`UpError::NotReady`], [`UpError::Differences`], and [`UpError::Incomplete`] when the
/// user interrupts or the engine stops answering.
pub async fn run(
    local: &LocalProject,
    environment: &Environment,
    request: &UpRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<UpReport, UpError> {
    let mut interrupt = std::pin::pin!(interrupt);
    let prepared = prepare_projects(local, environment, request);
    let (context, plans) = until_interrupted(&mut interrupt, prepared).await?;
    UpPlan::new(&plans).show_plan(&environment.reporter);
    UpRun::new(&context, plans).carry_out(interrupt).await
}
