//! `stop-compose`: takes Compose projects down as `docker compose down` does,
//! and says what that leaves.

mod attempt;
mod delegate;
mod known;
mod line;
mod native;
mod observe;
mod outcome;
mod report;
mod target;
mod tools;
mod work;

use std::{path::PathBuf, time::Duration};

use ::report::Event;
use futures_util::FutureExt as _;

use self::{
    outcome::Outcome,
    target::{Target, sought},
    tools::Tools,
};
use operation::{ComposeSelection, Environment, Failures, LocalProject, counted};

use crate::LifecycleError;

/// What to take down, and how far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StopRequest {
    /// Which projects are meant, in the words of `docker compose`.
    pub selection: ComposeSelection,
    /// Compose files, each a project of its own; they go one after the other.
    pub files: Vec<PathBuf>,
    /// Also services of all profiles, one-off containers, orphans, and the
    /// networks that are empty then.
    pub everything: bool,
    /// Also the projects' own volumes and anonymous ones, with what is in them.
    pub volumes: bool,
    /// Somebody has agreed to the removal of volumes: nobody is asked.
    pub agreed: bool,
    /// Instead of the containers' own grace periods.
    pub grace: Option<Duration>,
    /// Through the engine, also where Compose is installed.
    pub native: bool,
}

/// Looks, plans, and shows what a run would do, in its order.
///
/// # Errors
/// As [`run`], before it changes anything.
pub async fn show(
    project: &LocalProject,
    environment: &Environment,
    request: &StopRequest,
) -> Result<(), LifecycleError> {
    let sought = sought(project, environment, request)?;
    let tools = Tools::find(project, environment, request)?;
    let mut failures = Failures::new(sought.len(), &environment.reporter);
    for one in sought {
        let words = one.words();
        if let Err(error) = tools.show(one).await {
            failures.push(words, error);
        }
    }
    environment.reporter.info("dry run: nothing was changed");
    failures.conclude(false, not_down)
}

/// Takes the projects down, one after the other; a failure of one does not keep
/// the others from it. `interrupt` resolves when somebody wants to stop: then
/// nothing is waited for any more, and the report says what is true.
///
/// # Errors
/// [`LifecycleError::Compose`], [`OperationError::Service`] when the engine
/// does not answer, [`LifecycleError::Compose`] for files that cannot be read and
/// from which nothing was started, [`LifecycleError::NotDown`] and
/// [`OperationError::Several`] when something is left that should not be.
pub async fn run(
    project: &LocalProject,
    environment: &Environment,
    request: &StopRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<(), LifecycleError> {
    let interrupt = interrupt.shared();
    let sought = sought(project, environment, request)?;
    let tools = Tools::find(project, environment, request)?;
    let mut failures = Failures::new(sought.len(), &environment.reporter);
    let mut outcomes = Vec::new();
    for one in sought {
        let words = one.words();
        match tools.take_down(one, interrupt.clone()).await {
            Ok(outcome) => {
                if let Some(error) = report::tell(environment, &outcome) {
                    failures.push(words, error);
                }
                outcomes.push(outcome);
            }
            Err(error) => failures.push(words, error),
        }
        if failures.is_interrupted() {
            break;
        }
    }
    if !outcomes.is_empty() {
        environment.reporter.emit(&Event::Report(report::document(&outcomes)));
    }
    failures.conclude(outcomes.iter().any(Outcome::has_changed), not_down)
}

fn not_down(projects: usize) -> String {
    let verb = if projects == 1 { "is" } else { "are" };
    format!("{} {verb} not down", counted(projects, "project"))
}
