use serde::Deserialize;

use crate::{GitHubError, connection::Connection, job_log::LogEnd};

/// Pages of jobs of one run that are read at most; a run has up to 256 jobs for each matrix.
const MAX_PAGES: usize = 10;

/// A job of a workflow run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// How it ended.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub conclusion: Option<String>,
    /// Its steps.
    #[serde(default)]
    pub steps: Vec<JobStep>,
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct JobStep {
    /// Its name.
    pub name: String,
    /// How it ended.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub conclusion: Option<String>,
}

impl Job {
    /// Whether it failed by itself; a cancelled job did not.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        is_failure(self.conclusion.as_deref())
    }

    /// The first step that failed.
    #[must_use]
    pub fn failed_step(&self) -> Option<&str> {
        let failed = self.steps.iter().find(|step| is_failure(step.conclusion.as_deref()));
        failed.map(|step| step.name.as_str())
    }
}

fn is_failure(conclusion: Option<&str>) -> bool {
    matches!(conclusion, Some("failure" | "timed_out" | "startup_failure"))
}

#[derive(Deserialize)]
struct JobPage {
    jobs: Vec<Job>,
}

/// The jobs of workflow runs.
#[derive(Debug, Clone, Copy)]
pub struct Jobs<'a> {
    connection: &'a Connection,
}

impl<'a> Jobs<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The jobs of the last attempt of a run.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`] and refusals.
    pub async fn list(self, run: u64) -> Result<Vec<Job>, GitHubError> {
        let purpose = format!("list the jobs of workflow run {run}");
        let request = |page| self.connection.requests.jobs(run, page);
        let jobs = |page: JobPage| page.jobs;
        self.connection.fetch_pages(MAX_PAGES, request, jobs, &purpose).await
    }

    /// The end of a job's log, up to the last error in it: what follows is the cleanup.
    /// Without times, colours and the token.
    ///
    /// # Errors
    /// [`GitHubError::NoToken`], [`GitHubError::NotFound`] for a log that was deleted, and
    /// refusals.
    pub async fn log_end(self, job: &Job) -> Result<Vec<String>, GitHubError> {
        let purpose = format!("read the log of job `{}`", job.name);
        self.connection.require_token(&purpose)?;
        let end = self.connection.repeated(|| self.read_log_end(job, &purpose)).await?;
        let lines = end.into_lines().into_iter();
        Ok(lines.map(|line| self.connection.without_token(&line)).collect())
    }

    async fn read_log_end(self, job: &Job, purpose: &str) -> Result<LogEnd, GitHubError> {
        let request = self.connection.requests.job_log(job.id);
        let mut response = self.connection.send_streaming(request, purpose).await?;
        let mut end = LogEnd::default();
        let failed = |error| GitHubError::request_failed(purpose, error);
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            end.add(&chunk);
        }
        Ok(end)
    }
}
