//! What Compose would do, for a dry run.

use std::time::Duration;

use super::{
    plan::ProjectPlan, report::Foreseen, run_compose::command, tools::Tools, words::dry_run,
};

/// A dry run asks the engine only.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks Compose (`up --dry-run`), and adds what it cannot know: containers of an
/// image that is yet to be pulled are replaced.
pub(super) async fn foresee(tools: &Tools<'_>, plan: &ProjectPlan) -> Foreseen {
    let arguments = plan.up_arguments();
    let command = command(tools, plan).args(arguments).arg("--dry-run").timeout(PATIENCE);
    let output = command.summary("try it with docker compose").output().await;
    let output = output.map_err(|error| crate::error::chain(&error))?;
    let mut acts = dry_run(&(output.stdout_text() + &output.stderr_text()));
    let to_pull = plan.to_pull();
    let replaced = plan.before.containers.iter().filter(|seen| to_pull.contains_key(&seen.service));
    for seen in replaced {
        acts.insert(seen.details.name.clone(), "recreate");
    }
    Ok(acts)
}
