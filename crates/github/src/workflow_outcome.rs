use crate::{WorkflowRun, WorkflowState};

/// The common state of the workflows of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkflowOutcome {
    /// All succeeded.
    Green(Vec<WorkflowRun>),
    /// At least one failed: the failed runs.
    Failed(Vec<WorkflowRun>),
    /// These workflows did not start; empty when any workflow would have done.
    NotStarted(Vec<String>),
    /// These runs are queued or in progress.
    Running(Vec<WorkflowRun>),
}

/// Evaluates the runs of a commit (newest first) by the workflows in `names`
/// (name or file), or by all that ran when `names` is empty. The newest run of
/// a workflow for an event counts.
#[must_use]
pub fn evaluate_workflows(runs: &[WorkflowRun], names: &[String]) -> WorkflowOutcome {
    let mut selected = newest_runs(runs);
    if !names.is_empty() {
        selected.retain(|run| names.iter().any(|name| run.belongs_to(name)));
    }
    let failed = runs_in_state(&selected, WorkflowState::Failed);
    let running = runs_in_state(&selected, WorkflowState::Running);
    let mut missing = names.to_vec();
    missing.retain(|name| !selected.iter().any(|run| run.belongs_to(name)));
    if !failed.is_empty() {
        WorkflowOutcome::Failed(failed)
    } else if !missing.is_empty() || selected.is_empty() {
        WorkflowOutcome::NotStarted(missing)
    } else if !running.is_empty() {
        WorkflowOutcome::Running(running)
    } else {
        WorkflowOutcome::Green(selected)
    }
}

fn newest_runs(runs: &[WorkflowRun]) -> Vec<WorkflowRun> {
    let mut newest: Vec<WorkflowRun> = Vec::new();
    for run in runs {
        if !newest.iter().any(|newer| is_same_workflow(newer, run)) {
            newest.push(run.clone());
        }
    }
    newest
}

fn is_same_workflow(a: &WorkflowRun, b: &WorkflowRun) -> bool {
    (&a.path, &a.name, &a.event) == (&b.path, &b.name, &b.event)
}

fn runs_in_state(runs: &[WorkflowRun], state: WorkflowState) -> Vec<WorkflowRun> {
    runs.iter().filter(|run| run.state() == state).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: u64, name: &str, status: &str, conclusion: Option<&str>) -> WorkflowRun {
        WorkflowRun {
            id,
            name: Some(name.to_owned()),
            path: format!(".github/workflows/{}.yml", name.to_lowercase()),
            event: "push".to_owned(),
            status: Some(status.to_owned()),
            conclusion: conclusion.map(str::to_owned),
            url: String::new(),
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_must_be_green_by_name_or_file() {
        let runs = [run(2, "CI", "completed", Some("success")), run(1, "Docs", "queued", None)];
        for (selected, green) in
            [(&["CI"][..], true), (&["ci.yml"], true), (&[], false), (&["CI", "Docs"], false)]
        {
            let outcome = evaluate_workflows(&runs, &names(selected));
            assert_eq!(matches!(outcome, WorkflowOutcome::Green(_)), green, "{selected:?}");
        }
    }

    #[test]
    fn the_newest_run_of_a_workflow_counts() {
        let runs = [
            run(2, "CI", "completed", Some("success")),
            run(1, "CI", "completed", Some("failure")),
        ];
        assert!(matches!(evaluate_workflows(&runs, &[]), WorkflowOutcome::Green(_)));
    }

    #[test]
    fn a_failure_outweighs_everything_else() {
        let runs =
            [run(2, "CI", "completed", Some("cancelled")), run(1, "Docs", "in_progress", None)];
        let outcome = evaluate_workflows(&runs, &names(&["CI", "Docs", "Lint"]));
        assert!(matches!(outcome, WorkflowOutcome::Failed(failed) if failed[0].title() == "CI"));
    }

    #[test]
    fn workflows_that_did_not_start_are_named() {
        let runs = [run(1, "CI", "completed", Some("success"))];
        let missing = WorkflowOutcome::NotStarted(names(&["lint.yml"]));
        assert_eq!(evaluate_workflows(&runs, &names(&["CI", "lint.yml"])), missing);
        assert_eq!(evaluate_workflows(&[], &[]), WorkflowOutcome::NotStarted(vec![]));
    }
}
