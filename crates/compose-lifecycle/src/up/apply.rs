//! Carries the plans out: first everything that can fail unnoticed, for all projects;
//! then one project after the other is started.

use compose_runtime::remove_interrupted_replacements;
use operation::{Failure as _, FailureKind, OperationError, until_interrupted};

use super::{
    context::UpContext,
    error::UpError,
    plan::ProjectPlan,
    pull::pull_images,
    report::{ProjectReport, UpReport},
    start::{StartEnd, build_services, start_services},
};

/// How far a run has come.
pub(super) struct UpRun<'a> {
    context: &'a UpContext<'a>,
    projects: Vec<ProjectRun>,
    /// Whether Compose was called to start something.
    has_started: bool,
    problems: Vec<String>,
}

struct ProjectRun {
    plan: ProjectPlan,
    /// Whether images were pulled or built.
    images_changed: bool,
}

impl<'a> UpRun<'a> {
    pub(super) fn new(context: &'a UpContext<'a>, plans: Vec<ProjectPlan>) -> Self {
        let projects = plans.into_iter().map(|plan| ProjectRun { plan, images_changed: false });
        Self { context, projects: projects.collect(), has_started: false, problems: Vec::new() }
    }

    /// Pulls, builds and starts everything, observes what every container runs then, and
    /// judges it.
    ///
    /// # Errors
    /// Those of [`super::run`], once it changes something.
    pub(super) async fn carry_out(
        mut self,
        interrupt: impl Future<Output = ()> + Unpin,
    ) -> Result<UpReport, UpError> {
        let ended = self.apply(interrupt).await;
        if let Err(error) = ended {
            // If nothing was started, there is nothing to report.
            if error.kind() != FailureKind::Interrupted && !self.has_started {
                return Err(error);
            }
            let report = self.report().await?;
            return Err(UpError::Incomplete { source: Box::new(error), report });
        }
        let report = self.report().await?;
        if !self.problems.is_empty() {
            return Err(UpError::NotReady { problems: self.problems, report });
        }
        if report.container_differences().is_empty() {
            Ok(report)
        } else {
            Err(UpError::Differences(report))
        }
    }

    async fn apply(
        &mut self,
        mut interrupt: impl Future<Output = ()> + Unpin,
    ) -> Result<(), UpError> {
        until_interrupted(&mut interrupt, self.provide_images()).await?;
        for ProjectRun { plan, .. } in &self.projects {
            if !self.problems.is_empty() || plan.services.is_empty() {
                continue;
            }
            let (engine, reporter) = (&self.context.engine, self.context.reporter());
            remove_interrupted_replacements(engine, &plan.before.containers, reporter)
                .await
                .map_err(OperationError::engine("remove an interrupted replacement"))?;
            self.has_started = true;
            match start_services(self.context, plan, &mut interrupt).await? {
                StartEnd::Finished(problems) => self.problems.extend(problems),
                StartEnd::Interrupted => return Err(OperationError::Interrupted.into()),
            }
        }
        Ok(())
    }

    async fn provide_images(&mut self) -> Result<(), UpError> {
        for project in &mut self.projects {
            project.images_changed = pull_images(self.context, &mut project.plan).await?;
        }
        for project in &mut self.projects {
            project.images_changed |= !project.plan.services_to_build().is_empty();
            self.problems.extend(build_services(self.context, &project.plan).await);
        }
        Ok(())
    }

    async fn report(&self) -> Result<UpReport, OperationError> {
        let mut report = UpReport::default();
        for ProjectRun { plan, images_changed } in &self.projects {
            let now = self.context.observe_project(&plan.project.name).await?;
            report.projects.push(ProjectReport::new(plan, &now, *images_changed));
        }
        Ok(report)
    }
}
