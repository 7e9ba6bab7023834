use serde::Deserialize;

use crate::{GitHubClient, GitHubError};

/// A run of a workflow of GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkflowRun {
    /// Its number.
    pub id: u64,
    /// Name of the workflow.
    #[serde(default)]
    pub name: Option<String>,
    /// File of the workflow in the repository, such as `.github/workflows/ci.yml`.
    #[serde(default)]
    pub path: String,
    /// What started it, such as `push`.
    #[serde(default)]
    pub event: String,
    /// `completed`, or how far it is.
    #[serde(default)]
    pub status: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// Its page.
    #[serde(rename = "html_url", default)]
    pub url: String,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowState {
    /// Waiting or at work.
    Running,
    /// Ended well: `success`, `neutral` or `skipped`, which count as passed in
    /// the rules of the service, too ("About status checks").
    Green,
    /// Ended otherwise.
    Failed,
}

impl WorkflowRun {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> WorkflowState {
        match (self.status.as_deref(), self.conclusion.as_deref()) {
            (Some("completed"), Some("success" | "neutral" | "skipped")) => WorkflowState::Green,
            (Some("completed"), _) => WorkflowState::Failed,
            _ => WorkflowState::Running,
        }
    }

    /// Whether `wanted` is its workflow's name or the name of its file.
    #[must_use]
    pub fn is_of(&self, wanted: &str) -> bool {
        // A reusable workflow's path ends with `@REF`.
        let file = self.path.split('@').next().and_then(|path| path.rsplit('/').next());
        self.name.as_deref() == Some(wanted) || file == Some(wanted)
    }

    /// The workflow's name, or its file where it has none.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.path)
    }
}

#[derive(Deserialize)]
struct Page {
    workflow_runs: Vec<WorkflowRun>,
}

/// Runs of one commit that are looked at: more than anybody has.
const PAGES: usize = 5;

impl GitHubClient {
    /// The runs for a commit, newest first.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`] and refusals.
    pub async fn workflow_runs(&self, commit: &str) -> Result<Vec<WorkflowRun>, GitHubError> {
        let mut runs = Vec::new();
        for number in 1..=PAGES {
            let request = self.requests.workflow_runs(commit, number);
            let page: Page = self.read(request, "list workflow runs").await?;
            let last = page.workflow_runs.len() < crate::requests::PAGE;
            runs.extend(page.workflow_runs);
            if last {
                break;
            }
        }
        Ok(runs)
    }
}
