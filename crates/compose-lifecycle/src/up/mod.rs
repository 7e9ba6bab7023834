//! `up-compose`: starts Compose projects on what their registries serve now,
//! and proves it.

mod change;
mod comparison;
#[cfg(test)]
mod example;
mod finding;
mod foresee;
mod gather;
mod leftover;
mod observed;
mod origin;
mod outcome;
mod plan;
mod pull;
mod report;
mod run_compose;
mod selection;
mod served;
mod standing;
mod start;
mod tools;
mod watch;
mod words;

use std::time::Duration;

use ::report::Event;
use compose_runtime::selected_projects;
use operation::{
    ComposeSelection, Environment, Failure as _, FailureKind, LocalProject, OperationError,
    until_interrupted,
};

use self::{
    gather::gather, observed::Observed, outcome::Outcome, plan::ProjectPlan, start::Started,
    tools::Tools,
};
use crate::LifecycleError;

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpRequest {
    /// Which Compose projects.
    pub selection: ComposeSelection,
    /// Which of their services, with those that they need; all for none.
    pub services: Vec<String>,
    /// Ask no registry and start with the images that are here.
    pub offline: bool,
    /// Longest wait for the next service to become ready.
    pub wait_timeout: Duration,
    /// Show what would be done, and touch nothing.
    pub dry_run: bool,
}

/// How far a run came with a project.
struct Progress {
    plans: Vec<ProjectPlan>,
    /// Projects that were pulled or built for.
    worked: Vec<bool>,
    /// Whether Compose was told to start something.
    tried: bool,
    trouble: Vec<String>,
}

/// Pulls what differs from what registries serve, starts the services, waits
/// until they stand, and proves that every container runs what is served.
/// `interrupt` resolves when somebody wants to stop.
///
/// # Errors
/// Before anything is changed: [`LifecycleError::Compose`],
/// [`LifecycleError::Compose`], [`OperationError::Usage`],
/// [`OperationError::Service`], [`OperationError::Several`] with everything that
/// stands in the way. Afterwards [`OperationError::Several`] for what does not
/// stand, [`LifecycleError::Differences`] for containers that run something
/// else, [`OperationError::Interrupted`].
pub async fn run(
    project: &LocalProject,
    environment: &Environment,
    request: &UpRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<(), LifecycleError> {
    let mut interrupt = std::pin::pin!(interrupt);
    let prepared = until_interrupted(&mut interrupt, prepare(project, environment, request));
    let (tools, plans) = prepared.await?;
    if request.dry_run {
        return until_interrupted(&mut interrupt, show(&tools, &plans)).await;
    }
    environment.reporter.emit(&Event::Plan(report::plan(&plans, &[])));
    let mut progress = Progress::begin(plans);
    let ended = progress.apply(&tools, interrupt).await;
    progress.conclude(&tools, ended).await
}

/// Everything that is done before anything is changed.
async fn prepare<'a>(
    project: &LocalProject,
    environment: &'a Environment,
    request: &'a UpRequest,
) -> Result<(Tools<'a>, Vec<ProjectPlan>), LifecycleError> {
    let projects = selected_projects(&request.selection, project, environment)?;
    let tools = Tools::find(project, environment, request).await?;
    if request.offline {
        let text = "offline: no registry is asked; what starts may be older than what is served";
        environment.reporter.warn(text);
    }
    let plans = gather(&tools, projects).await?;
    Ok((tools, plans))
}

/// A dry run.
async fn show(tools: &Tools<'_>, plans: &[ProjectPlan]) -> Result<(), LifecycleError> {
    let mut foreseen = Vec::new();
    for plan in plans {
        foreseen.push(foresee::foresee(tools, plan).await);
    }
    let reporter = &tools.environment.reporter;
    reporter.emit(&Event::Plan(report::plan(plans, &foreseen)));
    reporter.info("dry run: nothing was touched");
    Ok(())
}

impl Progress {
    fn begin(plans: Vec<ProjectPlan>) -> Self {
        let worked = vec![false; plans.len()];
        Self { worked, tried: false, plans, trouble: Vec::new() }
    }

    /// First everything that can fail without anybody seeing it, for all
    /// projects; then one project after the other.
    async fn apply(
        &mut self,
        tools: &Tools<'_>,
        mut interrupt: impl Future<Output = ()> + Unpin,
    ) -> Result<(), LifecycleError> {
        until_interrupted(&mut interrupt, self.make_ready(tools)).await?;
        for plan in &self.plans {
            if !self.trouble.is_empty() || plan.services.is_empty() {
                continue;
            }
            leftover::remove(tools, plan).await?;
            self.tried = true;
            match start::start(tools, plan, &mut interrupt).await? {
                Started::Ended(trouble) => self.trouble.extend(trouble),
                Started::Interrupted => return Err(OperationError::Interrupted.into()),
            }
        }
        Ok(())
    }

    /// Pulls and builds.
    async fn make_ready(&mut self, tools: &Tools<'_>) -> Result<(), LifecycleError> {
        for (plan, worked) in self.plans.iter_mut().zip(&mut self.worked) {
            *worked = pull::pull(tools, plan).await?;
        }
        for (plan, worked) in self.plans.iter().zip(&mut self.worked) {
            *worked |= !plan.to_build().is_empty();
            self.trouble.extend(start::build(tools, plan).await);
        }
        Ok(())
    }

    /// Looks at everything once more, tells it, and judges.
    async fn conclude(
        self,
        tools: &Tools<'_>,
        ended: Result<(), LifecycleError>,
    ) -> Result<(), LifecycleError> {
        // Nothing was started: what was there is there.
        let interrupted =
            ended.as_ref().is_err_and(|error| error.kind() == FailureKind::Interrupted);
        if ended.is_err() && !interrupted && !self.tried {
            return ended;
        }
        let mut outcomes = Vec::new();
        for plan in &self.plans {
            let now = Observed::of(&tools.engine, &plan.project.name).await;
            let now = now.map_err(OperationError::engine("look at what is there now"))?;
            outcomes.push(Outcome::of(plan, &now));
        }
        let reporter = &tools.environment.reporter;
        reporter.emit(&Event::Report(report::outcome(&outcomes)));
        ended?;
        judge(self.trouble, &outcomes)?;
        for (outcome, worked) in outcomes.iter().zip(self.worked) {
            reporter.ok(report::summary(outcome, worked));
        }
        Ok(())
    }
}

fn judge(trouble: Vec<String>, outcomes: &[Outcome]) -> Result<(), LifecycleError> {
    let differences: Vec<String> = outcomes.iter().flat_map(Outcome::differences).collect();
    if trouble.is_empty() {
        return if differences.is_empty() {
            Ok(())
        } else {
            Err(LifecycleError::Differences(differences))
        };
    }
    let names: Vec<&str> = outcomes.iter().map(|outcome| outcome.project.as_str()).collect();
    let mut items = trouble;
    for difference in differences {
        if !items.contains(&difference) {
            items.push(difference);
        }
    }
    let changed = outcomes.iter().any(Outcome::changed);
    Err(OperationError::Several {
        problem: format!("not everything of {} is up", names.join(", ")),
        items,
        kind: if changed { FailureKind::HalfWay } else { FailureKind::Failed },
        advice: Some("repair this and run the same command again".to_owned()),
    }
    .into())
}
