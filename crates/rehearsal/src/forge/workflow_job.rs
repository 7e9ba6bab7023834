//! Jobs of workflow runs, and their logs.

use serde_json::{Value, json};

/// A job that every run of a [`Workflow`](super::Workflow) has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct WorkflowJob {
    name: String,
    conclusion: &'static str,
    /// Names and conclusions.
    steps: Vec<(String, &'static str)>,
    pub(super) log: Option<String>,
}

impl WorkflowJob {
    /// A job that succeeds and prints nothing.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            conclusion: "success",
            steps: vec![("Set up job".to_owned(), "success")],
            log: Some(String::new()),
        }
    }

    /// Has a step that succeeds.
    pub fn step(mut self, name: &str) -> Self {
        self.steps.push((name.to_owned(), "success"));
        self
    }

    /// Has a step that fails, and so fails itself.
    pub fn fails_at(mut self, step: &str) -> Self {
        self.steps.push((step.to_owned(), "failure"));
        self.conclusion = "failure";
        self
    }

    /// Its log.
    pub fn log(mut self, text: &str) -> Self {
        self.log = Some(text.to_owned());
        self
    }

    /// Its log is deleted, as after its retention period.
    pub fn log_deleted(mut self) -> Self {
        self.log = None;
        self
    }

    /// The entry of `GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs`; `page` is the web
    /// page of its run.
    pub(super) fn to_json(&self, id: u64, run: u64, page: &str) -> Value {
        let steps = self.steps.iter().zip(1..).map(|((name, conclusion), number)| {
            json!({
                "name": name,
                "number": number,
                "status": "completed",
                "conclusion": conclusion,
            })
        });
        json!({
            "id": id,
            "run_id": run,
            "node_id": format!("JOB_{id}"),
            "name": self.name,
            "status": "completed",
            "conclusion": self.conclusion,
            "html_url": format!("{page}/job/{id}"),
            "steps": steps.collect::<Vec<_>>(),
        })
    }
}
