#![doc = include_str!("../README.md")]

mod apply;
mod builds;
mod clusters;
mod disk;
mod error;
mod gather;
mod observed;
mod report;
mod request;
mod scope;
mod section;
mod stopped;
mod uses;

use std::sync::atomic::{AtomicBool, Ordering};

use ::report::Event;
use futures_util::FutureExt as _;

pub use self::error::CleanError;
pub use self::request::{CleanRequest, ClusterRequest};
use self::{
    observed::{Looked, look},
    section::Section,
};
use operation::{Environment, LocalProject, OperationError, until_interrupted};

/// Looks, plans, and shows the plan.
///
/// # Errors
/// [`CleanError`] when an engine or a cluster does not answer, or something
/// that decides what is in use cannot be read.
pub async fn show(
    project: &LocalProject,
    environment: &Environment,
    request: &CleanRequest,
) -> Result<(), CleanError> {
    let looked = look(project, environment, request).await?;
    environment.reporter.emit(&Event::Plan(report::plan(&looked)));
    report::tell_plan(environment, &looked);
    Ok(())
}

/// Looks, plans, shows the plan and removes. `interrupt` resolves when somebody
/// wants to stop: then requests under way end, and the report says what is true.
///
/// # Errors
/// [`CleanError`]; the report was told before, once something was removed.
pub async fn run(
    project: &LocalProject,
    environment: &Environment,
    request: &CleanRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<(), CleanError> {
    let interrupt = interrupt.shared();
    let looked = look(project, environment, request);
    let looked = until_interrupted(interrupt.clone(), looked).await?;
    let plan = report::plan(&looked);
    let plan = if looked.nothing_to_do() { plan } else { plan.not_in_writing() };
    environment.reporter.emit(&Event::Plan(plan));
    report::tell_plan(environment, &looked);
    if looked.nothing_to_do() {
        return Ok(());
    }
    agree(environment, request, &looked)?;
    let (sections, interrupted) = clean(environment, &looked, interrupt).await;
    environment.reporter.emit(&Event::Report(report::document(&looked, &sections)));
    conclude(environment, &looked.of, &sections, interrupted)
}

/// One engine after the other; all are tried.
async fn clean(
    environment: &Environment,
    looked: &Looked,
    interrupt: impl Future<Output = ()>,
) -> (Vec<Section>, bool) {
    let stop = AtomicBool::new(false);
    let cleaning = async {
        let mut sections = Vec::new();
        for planned in &looked.engines {
            sections.push(Section::clean(planned, environment, &stop).await);
        }
        sections
    };
    let mut cleaning = std::pin::pin!(cleaning);
    tokio::select! {
        biased;
        sections = &mut cleaning => return (sections, false),
        () = interrupt => {}
    }
    stop.store(true, Ordering::Relaxed);
    environment.reporter.warn("interrupted: what is under way ends, then the report follows");
    (cleaning.await, true)
}

/// The scripts that came before asked nobody; more than they did is agreed upon.
fn agree(
    environment: &Environment,
    request: &CleanRequest,
    looked: &Looked,
) -> Result<(), CleanError> {
    let further = request.all_images || looked.engines.iter().any(|one| !one.stopped.is_empty());
    if request.agreed || !further {
        return Ok(());
    }
    let to = "removing more than the project's unused images";
    Ok(environment.require_confirmation(to, &report::question(looked))?)
}

fn conclude(
    environment: &Environment,
    of: &str,
    sections: &[Section],
    interrupted: bool,
) -> Result<(), CleanError> {
    report::tell_end(environment, of, sections);
    if interrupted {
        return Err(OperationError::Interrupted.into());
    }
    let failures: Vec<String> = sections.iter().flat_map(Section::failures).collect();
    if !failures.is_empty() {
        return Err(CleanError::Incomplete(failures));
    }
    let differences: Vec<String> =
        sections.iter().flat_map(|section| section.differences.clone()).collect();
    if differences.is_empty() { Ok(()) } else { Err(CleanError::Differences(differences)) }
}
