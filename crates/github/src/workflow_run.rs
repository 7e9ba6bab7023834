use serde::Deserialize;

/// A run of a workflow of GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkflowRun {
    /// Its number.
    pub id: u64,
    /// Name of the workflow.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub name: Option<String>,
    /// File of the workflow in the repository, such as `.github/workflows/ci.yml`.
    #[serde(default)]
    pub path: String,
    /// The event that started it, such as `push`.
    #[serde(default)]
    pub event: String,
    /// `completed`, or its progress.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub status: Option<String>,
    /// How it ended.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub conclusion: Option<String>,
    /// Its page.
    #[serde(rename = "html_url", default)]
    pub url: String,
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowState {
    /// Queued or in progress.
    Running,
    /// Ended with `success`, `neutral` or `skipped`, which count as passed in
    /// the rules of the service, too ("About status checks").
    Green,
    /// Ended otherwise.
    Failed,
}

impl WorkflowRun {
    /// Its state.
    #[must_use]
    pub fn state(&self) -> WorkflowState {
        match (self.status.as_deref(), self.conclusion.as_deref()) {
            (Some("completed"), Some("success" | "neutral" | "skipped")) => WorkflowState::Green,
            (Some("completed"), _) => WorkflowState::Failed,
            _ => WorkflowState::Running,
        }
    }

    /// Whether `workflow` is the name of its workflow or of its file.
    #[must_use]
    pub fn belongs_to(&self, workflow: &str) -> bool {
        // The path of a reusable workflow ends with `@REF`.
        let file = self.path.split('@').next().and_then(|path| path.rsplit('/').next());
        self.name.as_deref() == Some(workflow) || file == Some(workflow)
    }

    /// The name of the workflow, or of its file when it has none.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.path)
    }
}
