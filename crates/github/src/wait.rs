use std::time::Duration;

use tokio::time::Instant;

use crate::{GitHubClient, GitHubError, WorkflowRun, WorkflowState};

/// How long and how often to look at workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitPolicy {
    /// When to give up, counted from the start.
    pub deadline: Duration,
    /// Time between two looks.
    pub poll: Duration,
}

impl Default for WaitPolicy {
    /// An hour, every ten seconds.
    fn default() -> Self {
        Self { deadline: Duration::from_secs(3600), poll: Duration::from_secs(10) }
    }
}

/// How the workflows of a commit stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkflowOutcome {
    /// All ended well.
    Green(Vec<WorkflowRun>),
    /// At least one ended otherwise.
    Failed(Vec<WorkflowRun>),
    /// These did not start; the names of `names`, or nothing when any would have done.
    NotStarted(Vec<String>),
    /// These are still at work.
    Running(Vec<WorkflowRun>),
}

/// Judges the runs of a commit (newest first) by the workflows that count:
/// those of `names` (name or file), or all that ran when `names` is empty. Of
/// several runs of a workflow for one event the newest counts.
#[must_use]
pub fn judge_workflows(runs: &[WorkflowRun], names: &[String]) -> WorkflowOutcome {
    let newest = newest(runs);
    let counts = |run: &WorkflowRun| names.is_empty() || names.iter().any(|name| run.is_of(name));
    let counting: Vec<WorkflowRun> = newest.into_iter().filter(counts).collect();
    let in_state = |state| {
        let found = counting.iter().filter(|run| run.state() == state).cloned();
        found.collect::<Vec<_>>()
    };
    let missing = |name: &&String| !counting.iter().any(|run| run.is_of(name));
    let missing: Vec<String> = names.iter().filter(missing).cloned().collect();
    let (failed, running) = (in_state(WorkflowState::Failed), in_state(WorkflowState::Running));
    if !failed.is_empty() {
        WorkflowOutcome::Failed(failed)
    } else if !missing.is_empty() || counting.is_empty() {
        WorkflowOutcome::NotStarted(missing)
    } else if !running.is_empty() {
        WorkflowOutcome::Running(running)
    } else {
        WorkflowOutcome::Green(counting)
    }
}

fn newest(runs: &[WorkflowRun]) -> Vec<WorkflowRun> {
    let same = |a: &WorkflowRun, b: &WorkflowRun| {
        (&a.path, &a.name, &a.event) == (&b.path, &b.name, &b.event)
    };
    let mut kept: Vec<WorkflowRun> = Vec::new();
    for run in runs {
        if !kept.iter().any(|known| same(known, run)) {
            kept.push(run.clone());
        }
    }
    kept
}

impl GitHubClient {
    /// Looks at a commit's workflows until they ended or the deadline has
    /// come; then `NotStarted` and `Running` are the outcome. With no names,
    /// two looks in succession must be green: further workflows may be about
    /// to start. A look that fails for a passing reason is made up for by the
    /// next. `on_look` is told each look.
    ///
    /// # Errors
    /// Refusals at once, [`GitHubError::Http`] when the last look failed.
    pub async fn wait_for_workflows(
        &self,
        commit: &str,
        names: &[String],
        policy: WaitPolicy,
        on_look: &(dyn Fn(&WorkflowOutcome) + Send + Sync),
    ) -> Result<WorkflowOutcome, GitHubError> {
        let end = Instant::now() + policy.deadline;
        let (needed, mut greens) = (if names.is_empty() { 2 } else { 1 }, 0);
        loop {
            let looked = self.workflow_runs(commit).await.map(|runs| judge_workflows(&runs, names));
            let last = Instant::now() + policy.poll > end;
            match looked {
                Err(error) if last || !matches!(error, GitHubError::Http { .. }) => {
                    return Err(error);
                }
                Err(_) => {}
                Ok(outcome) => {
                    on_look(&outcome);
                    let green = matches!(outcome, WorkflowOutcome::Green(_));
                    greens = if green { greens + 1 } else { 0 };
                    let failed = matches!(outcome, WorkflowOutcome::Failed(_));
                    if failed || greens == needed || last {
                        return Ok(outcome);
                    }
                }
            }
            tokio::time::sleep(policy.poll).await;
        }
    }
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
        let green = |wanted: &[&str]| {
            matches!(judge_workflows(&runs, &names(wanted)), WorkflowOutcome::Green(_))
        };
        assert!(green(&["CI"]) && green(&["ci.yml"]));
        assert!(!green(&[]) && !green(&["CI", "Docs"]));
    }

    #[test]
    fn the_newest_run_of_a_workflow_counts() {
        let runs = [
            run(2, "CI", "completed", Some("success")),
            run(1, "CI", "completed", Some("failure")),
        ];
        assert!(matches!(judge_workflows(&runs, &[]), WorkflowOutcome::Green(_)));
    }

    #[test]
    fn a_failure_is_told_before_anything_else() {
        let runs =
            [run(2, "CI", "completed", Some("cancelled")), run(1, "Docs", "in_progress", None)];
        let outcome = judge_workflows(&runs, &names(&["CI", "Docs", "Lint"]));
        assert!(matches!(outcome, WorkflowOutcome::Failed(failed) if failed[0].title() == "CI"));
    }

    #[test]
    fn what_did_not_start_is_named() {
        let runs = [run(1, "CI", "completed", Some("success"))];
        let missing = WorkflowOutcome::NotStarted(names(&["lint.yml"]));
        assert_eq!(judge_workflows(&runs, &names(&["CI", "lint.yml"])), missing);
        assert_eq!(judge_workflows(&[], &[]), WorkflowOutcome::NotStarted(vec![]));
    }
}
