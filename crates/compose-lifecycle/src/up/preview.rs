//! What Compose would do with the containers, for a dry run.

use std::{cell::RefCell, time::Duration};

use compose_runtime::{PlannedAction, planned_actions};
use operation::error_chain;
use process::ProcessError;

use super::{context::UpContext, plan::ProjectPlan, plan_document::PlannedContainers};

/// A dry run only asks the engine, and has printed everything within a second or two.
/// Then Compose (2.26) waits for ever if a service waits for another one to end.
const DRY_RUN_TIMEOUT: Duration = Duration::from_secs(8);

/// Asks Compose (`up --dry-run`), and adds what it cannot know: containers of an image
/// that is yet to be pulled are replaced.
pub(super) async fn preview_containers(
    context: &UpContext<'_>,
    plan: &ProjectPlan,
) -> PlannedContainers {
    let command = context.compose.command_for(&plan.project).args(plan.up_arguments());
    let command = command.arg("--dry-run").timeout(DRY_RUN_TIMEOUT);
    let command = command.summary("try it with docker compose");
    let output = RefCell::new(String::new());
    let ended = command.stream(|line| {
        let line = line.text();
        output.borrow_mut().extend([line, "\n"]);
    });
    let ended = ended.await;
    let mut actions = planned_actions(&output.take());
    match ended {
        Err(ProcessError::TimedOut { .. }) if !actions.is_empty() => {}
        Err(error) => return PlannedContainers::Unknown { unknown: error_chain(&error) },
        Ok(_) => {}
    }
    let pulled = plan.services_to_pull();
    for container in &plan.before.containers {
        if pulled.contains_key(container.service.as_str()) {
            actions.insert(container.details.name.clone(), PlannedAction::Recreate);
        }
    }
    PlannedContainers::Actions(actions)
}
