use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    GitHubError, WorkflowOutcome, WorkflowRun, connection::Connection, evaluate_workflows,
};

/// Pages of runs of one commit that are read at most.
const MAX_PAGES: usize = 5;

/// How long to wait for workflows and how often to poll them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitPolicy {
    /// When to give up, counted from the start.
    pub deadline: Duration,
    /// Time between two polls.
    pub poll: Duration,
}

impl Default for WaitPolicy {
    /// An hour, every ten seconds.
    fn default() -> Self {
        Self { deadline: Duration::from_secs(3600), poll: Duration::from_secs(10) }
    }
}

#[derive(Deserialize)]
struct RunPage {
    workflow_runs: Vec<WorkflowRun>,
}

/// The workflow runs of a repository.
#[derive(Debug, Clone, Copy)]
pub struct Workflows<'a> {
    connection: &'a Connection,
}

impl<'a> Workflows<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The runs for a commit, newest first.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`] and refusals.
    pub async fn runs(self, commit: &str) -> Result<Vec<WorkflowRun>, GitHubError> {
        let request = |page| self.connection.requests.workflow_runs(commit, page);
        let runs = |page: RunPage| page.workflow_runs;
        self.connection.fetch_pages(MAX_PAGES, request, runs, "list workflow runs").await
    }

    /// Polls a commit's workflows until they have ended or the deadline has
    /// passed; then the outcome is `NotStarted` or `Running`. With no names,
    /// two polls in succession must be green, since further workflows may
    /// start later. A transient failure of a poll is ignored unless it is the
    /// last one. `on_poll` gets the outcome of each poll.
    ///
    /// # Errors
    /// Refusals at once, [`GitHubError::Http`] when the last poll failed.
    pub async fn wait(
        self,
        commit: &str,
        names: &[String],
        policy: WaitPolicy,
        on_poll: &(dyn Fn(&WorkflowOutcome) + Send + Sync),
    ) -> Result<WorkflowOutcome, GitHubError> {
        let end = Instant::now().checked_add(policy.deadline);
        let (needed, mut greens) = (if names.is_empty() { 2 } else { 1 }, 0);
        loop {
            let polled = self.runs(commit).await.map(|runs| evaluate_workflows(&runs, names));
            let is_last = is_last_poll(end, policy.poll);
            match polled {
                Err(error) if is_last || !matches!(error, GitHubError::Http { .. }) => {
                    return Err(error);
                }
                Err(_) => {}
                Ok(outcome) => {
                    on_poll(&outcome);
                    let green = matches!(outcome, WorkflowOutcome::Green(_));
                    greens = if green { greens + 1 } else { 0 };
                    let failed = matches!(outcome, WorkflowOutcome::Failed(_));
                    if failed || greens == needed || is_last {
                        return Ok(outcome);
                    }
                }
            }
            tokio::time::sleep(policy.poll).await;
        }
    }
}

/// Whether the next poll would be after the end. Without an end, one too far
/// away to be a point in time, there is always a next one.
fn is_last_poll(end: Option<Instant>, poll: Duration) -> bool {
    let Some(end) = end else { return false };
    Instant::now().checked_add(poll).is_none_or(|next| next > end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_duration_overflows() {
        let now = Instant::now();
        assert!(!is_last_poll(now.checked_add(Duration::MAX), Duration::MAX));
        assert!(is_last_poll(now.checked_add(Duration::from_secs(60)), Duration::MAX));
        assert!(!is_last_poll(now.checked_add(Duration::from_secs(60)), Duration::ZERO));
    }
}
