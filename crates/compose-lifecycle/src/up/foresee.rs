//! What Compose would do, for a dry run.

use std::{cell::RefCell, time::Duration};

use process::{Line, ProcessError};

use super::{
    plan::ProjectPlan, report::Foreseen, run_compose::command, tools::Tools, words::dry_run,
};

/// A dry run asks the engine only, and has told everything within a second or two.
/// Then Compose (2.26) waits for ever where a service waits for the end of another.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asks Compose (`up --dry-run`), and adds what it cannot know: containers of an
/// image that is yet to be pulled are replaced.
pub(super) async fn foresee(tools: &Tools<'_>, plan: &ProjectPlan) -> Foreseen {
    let arguments = plan.up_arguments();
    let command = command(tools, plan).args(arguments).arg("--dry-run").timeout(PATIENCE);
    let command = command.summary("try it with docker compose");
    let said = RefCell::new(String::new());
    let output = command.stream(|line| {
        let (Line::Stdout(line) | Line::Stderr(line)) = line;
        said.borrow_mut().extend([line, "\n"]);
    });
    let ended = output.await;
    let mut acts = dry_run(&said.take());
    match ended {
        Err(ProcessError::TimedOut { .. }) if !acts.is_empty() => {}
        Err(error) => return Err(operation::error_chain(&error)),
        Ok(_) => {}
    }
    let to_pull = plan.to_pull();
    let replaced = plan.before.containers.iter().filter(|seen| to_pull.contains_key(&seen.service));
    for seen in replaced {
        acts.insert(seen.details.name.clone(), "recreate");
    }
    Ok(acts)
}
