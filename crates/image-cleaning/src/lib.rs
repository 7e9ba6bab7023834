#![doc = include_str!("../README.md")]

mod clean_plan;
mod clean_report;
mod cleanup;
mod cluster_query;
mod disk;
mod error;
mod observation;
mod preparation;
mod preparation_error;
mod present;
mod project_images;
mod removal;
mod request;
mod stopped_containers;
mod unmatched_patterns;
pub mod users;
mod verification;

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use operation::{Environment, LocalProject, Present as _, until_interrupted};
use report::Reporter;

use self::{
    cleanup::EngineCleanup,
    preparation::{Preparation, prepare_cleanup},
};

pub use self::{
    clean_plan::{CleanPlan, EnginePlan, ExplainedDecision, StoppedContainer},
    clean_report::{
        CleanReport, ClusterImageReport, DiskFigures, DiskReport, EngineReport, FreedReport,
        KeptItem, KeptReason, RemovedItem, RestoreHint,
    },
    error::CleanError,
    preparation_error::PreparationError,
    request::{CleanRequest, ClusterRequest},
};

/// Plans a cleanup and removes nothing.
///
/// # Errors
/// [`CleanError`] when an engine or a cluster does not respond, or something that
/// determines which images are in use cannot be read.
pub async fn preview(
    project: &LocalProject,
    environment: &Environment,
    request: &CleanRequest,
) -> Result<CleanPlan, CleanError> {
    Ok(CleanPlan::new(&prepare_cleanup(project, environment, request).await?))
}

/// Plans a cleanup, shows the plan, and removes images. When `interrupt` resolves,
/// requests in progress are finished and nothing else is removed.
///
/// # Errors
/// [`CleanError`], with the report if anything was removed.
pub async fn run(
    project: &LocalProject,
    environment: &Environment,
    request: &CleanRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<CleanReport, CleanError> {
    let interrupt = interrupt.shared();
    let preparation =
        until_interrupted(interrupt.clone(), prepare_cleanup(project, environment, request))
            .await?;
    let plan = CleanPlan::new(&preparation);
    if plan.is_empty() {
        plan.present(&environment.reporter);
        return Ok(CleanReport::without_removals(plan.subject));
    }
    present::present_plan_before_removal(&plan, &environment.reporter);
    confirm_plan(environment, request, &plan)?;
    let (cleanups, is_interrupted) =
        clean_engines(&preparation, &environment.reporter, interrupt).await;
    into_result(CleanReport::new(&preparation, &cleanups), is_interrupted)
}

/// Removing only the project's unused images needs no confirmation.
fn confirm_plan(
    environment: &Environment,
    request: &CleanRequest,
    plan: &CleanPlan,
) -> Result<(), CleanError> {
    let removes_containers =
        plan.engines.iter().any(|engine| !engine.containers_to_remove.is_empty());
    if request.confirmed || !(request.all_images || removes_containers) {
        return Ok(());
    }
    let action = "removing more than the project's unused images";
    Ok(environment.require_confirmation(action, &present::confirmation_question(plan))?)
}

/// Cleans all engines, one after the other, whatever happens on the others. Returns
/// whether it was interrupted.
async fn clean_engines(
    preparation: &Preparation,
    reporter: &Reporter,
    interrupt: impl Future<Output = ()>,
) -> (Vec<EngineCleanup>, bool) {
    let stop = AtomicBool::new(false);
    let cleaning = async {
        let mut cleanups = Vec::new();
        for prepared in &preparation.engines {
            cleanups.push(EngineCleanup::run(prepared, reporter, &stop).await);
        }
        cleanups
    };
    let mut cleaning = std::pin::pin!(cleaning);
    tokio::select! {
        biased;
        cleanups = &mut cleaning => return (cleanups, false),
        () = interrupt => {}
    }
    stop.store(true, Ordering::Relaxed);
    reporter.warn("interrupted: finishing the requests in progress before reporting");
    (cleaning.await, true)
}

fn into_result(report: CleanReport, is_interrupted: bool) -> Result<CleanReport, CleanError> {
    if is_interrupted {
        Err(CleanError::Interrupted(Box::new(report)))
    } else if report.failures().next().is_some() {
        Err(CleanError::Incomplete(Box::new(report)))
    } else if report.differences().next().is_some() {
        Err(CleanError::Differences(Box::new(report)))
    } else {
        Ok(report)
    }
}
