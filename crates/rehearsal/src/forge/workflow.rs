//! Workflow runs that advance each time they are polled.

use std::collections::BTreeMap;

use super::workflow_job::WorkflowJob;
use crate::index::sample::zip_archive;

/// IDs of artifacts and jobs are the ID of their run and a number.
const PARTS_OF_A_RUN: u64 = 1000;

/// A workflow of GitHub Actions, and the course of its runs.
///
/// Every commit whose runs are requested gets its own run. Each request for a run, in a list or
/// alone, advances it by one step, so a client that polls sees the same course every time.
#[derive(Debug, Clone)]
#[must_use]
pub struct Workflow {
    name: String,
    event: String,
    commit: Option<String>,
    appears_after: u32,
    queued_for: u32,
    runs_for: u32,
    conclusion: String,
    artifacts: Vec<WorkflowArtifact>,
    jobs: Vec<WorkflowJob>,
}

/// An artifact that every run of a workflow uploads: a ZIP archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkflowArtifact {
    pub(super) name: String,
    pub(super) archive: Vec<u8>,
    pub(super) expired: bool,
}

impl Workflow {
    /// A workflow that runs on `push` and has succeeded when its run is first requested.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            event: "push".to_owned(),
            commit: None,
            appears_after: 0,
            queued_for: 0,
            runs_for: 0,
            conclusion: "success".to_owned(),
            artifacts: Vec::new(),
            jobs: Vec::new(),
        }
    }

    /// Its runs have this job. What it concludes is not what they conclude.
    pub fn job(mut self, job: WorkflowJob) -> Self {
        self.jobs.push(job);
        self
    }

    /// Its runs upload an artifact with these files.
    pub fn artifact(mut self, name: &str, files: &[(&str, &[u8])]) -> Self {
        let files: Vec<_> =
            files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
        let archive = zip_archive(&files);
        self.artifacts.push(WorkflowArtifact { name: name.to_owned(), archive, expired: false });
        self
    }

    /// The artifacts so far are deleted, as after their retention period.
    pub fn artifacts_expired(mut self) -> Self {
        self.artifacts.iter_mut().for_each(|artifact| artifact.expired = true);
        self
    }

    /// Runs on this event instead of `push`.
    pub fn on(mut self, event: &str) -> Self {
        self.event = event.to_owned();
        self
    }

    /// Runs for this commit only.
    pub fn for_commit(mut self, sha: &str) -> Self {
        self.commit = Some(sha.to_owned());
        self
    }

    /// The run does not exist yet for the first `polls` requests.
    pub fn appears_after(mut self, polls: u32) -> Self {
        self.appears_after = polls;
        self
    }

    /// The run is then `queued` for this number of requests.
    pub fn queued_for(mut self, polls: u32) -> Self {
        self.queued_for = polls;
        self
    }

    /// The run is then `in_progress` for this number of requests; [`u32::MAX`] means for ever.
    pub fn runs_for(mut self, polls: u32) -> Self {
        self.runs_for = polls;
        self
    }

    /// The run ends with this conclusion instead of `success`, such as `failure` or `cancelled`.
    pub fn concludes(mut self, conclusion: &str) -> Self {
        self.conclusion = conclusion.to_owned();
        self
    }

    fn runs_on_commit(&self, sha: &str) -> bool {
        self.commit.as_deref().is_none_or(|commit| commit == sha)
    }

    /// Status and conclusion after `polls` earlier requests; `None` before the run exists.
    fn progress_after(&self, polls: u32) -> Option<RunProgress> {
        let step = polls.checked_sub(self.appears_after)?;
        let Some(step) = step.checked_sub(self.queued_for) else {
            return Some(RunProgress { status: "queued", conclusion: None });
        };
        if step < self.runs_for {
            return Some(RunProgress { status: "in_progress", conclusion: None });
        }
        Some(RunProgress { status: "completed", conclusion: Some(self.conclusion.clone()) })
    }
}

/// The progress of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunProgress {
    pub(super) status: &'static str,
    pub(super) conclusion: Option<String>,
}

/// A workflow run as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkflowRun {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) event: String,
    pub(super) head_sha: String,
    pub(super) progress: RunProgress,
}

/// All runs; a run is created when it is first requested.
#[derive(Debug, Default)]
pub(super) struct WorkflowRuns {
    workflows: Vec<Workflow>,
    /// By index of the workflow and commit.
    runs: BTreeMap<(usize, String), PolledRun>,
}

#[derive(Debug)]
struct PolledRun {
    id: u64,
    polls: u32,
}

impl WorkflowRuns {
    pub(super) fn new(workflows: Vec<Workflow>) -> Self {
        Self { workflows, runs: BTreeMap::new() }
    }

    /// The runs of a commit, each advanced by one step.
    pub(super) fn poll_commit(&mut self, sha: &str) -> Vec<WorkflowRun> {
        let workflows: Vec<usize> = (0..self.workflows.len())
            .filter(|index| self.workflows[*index].runs_on_commit(sha))
            .collect();
        workflows.into_iter().filter_map(|index| self.advance_run(index, sha)).collect()
    }

    /// The runs of all commits requested so far, each advanced by one step.
    pub(super) fn poll_all(&mut self) -> Vec<WorkflowRun> {
        let keys: Vec<(usize, String)> = self.runs.keys().cloned().collect();
        keys.into_iter().filter_map(|(index, sha)| self.advance_run(index, &sha)).collect()
    }

    /// A single run, advanced by one step.
    pub(super) fn poll_run(&mut self, id: u64) -> Option<WorkflowRun> {
        let (index, sha) =
            self.runs.iter().find(|(_, run)| run.id == id).map(|(key, _)| key.clone())?;
        self.advance_run(index, &sha)
    }

    /// The artifacts of a run, with their IDs; none before it has ended.
    pub(super) fn artifacts(&self, run: u64) -> Option<Vec<(u64, &WorkflowArtifact)>> {
        Some(with_ids(run, self.ended_workflow(run)?.map(|workflow| &workflow.artifacts)))
    }

    /// An artifact by its ID.
    pub(super) fn artifact(&self, id: u64) -> Option<&WorkflowArtifact> {
        by_id(self.artifacts(id / PARTS_OF_A_RUN)?, id)
    }

    /// The jobs of a run, with their IDs; none before it has ended.
    pub(super) fn jobs(&self, run: u64) -> Option<Vec<(u64, &WorkflowJob)>> {
        Some(with_ids(run, self.ended_workflow(run)?.map(|workflow| &workflow.jobs)))
    }

    /// A job by its ID.
    pub(super) fn job(&self, id: u64) -> Option<&WorkflowJob> {
        by_id(self.jobs(id / PARTS_OF_A_RUN)?, id)
    }

    /// The workflow of a run that exists, if the run has ended.
    fn ended_workflow(&self, run: u64) -> Option<Option<&Workflow>> {
        let ((index, _), polled) = self.runs.iter().find(|(_, polled)| polled.id == run)?;
        let workflow = &self.workflows[*index];
        // The request that showed the end counts as a poll, too.
        let progress = workflow.progress_after(polled.polls.saturating_sub(1));
        let has_ended = progress.is_some_and(|progress| progress.status == "completed");
        Some(has_ended.then_some(workflow))
    }

    fn advance_run(&mut self, index: usize, sha: &str) -> Option<WorkflowRun> {
        let next_id = self.runs.len() as u64 + 1;
        let run =
            self.runs.entry((index, sha.to_owned())).or_insert(PolledRun { id: next_id, polls: 0 });
        let earlier_polls = run.polls;
        run.polls = run.polls.saturating_add(1);
        let workflow = &self.workflows[index];
        Some(WorkflowRun {
            id: run.id,
            name: workflow.name.clone(),
            event: workflow.event.clone(),
            head_sha: sha.to_owned(),
            progress: workflow.progress_after(earlier_polls)?,
        })
    }
}

fn with_ids<T>(run: u64, parts: Option<&Vec<T>>) -> Vec<(u64, &T)> {
    let ids = (1..).map(|number| run * PARTS_OF_A_RUN + number);
    ids.zip(parts.into_iter().flatten()).collect()
}

fn by_id<T>(parts: Vec<(u64, &T)>, id: u64) -> Option<&T> {
    parts.into_iter().find_map(|(number, part)| (number == id).then_some(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_appears_waits_runs_and_ends() {
        let workflow =
            Workflow::new("CI").appears_after(1).queued_for(1).runs_for(2).concludes("failure");
        let mut runs = WorkflowRuns::new(vec![workflow]);
        let progress: Vec<String> = (0..6)
            .map(|_| {
                let run = runs.poll_commit("abc").pop();
                run.map_or("absent".to_owned(), |run| {
                    run.progress.conclusion.unwrap_or(run.progress.status.to_owned())
                })
            })
            .collect();
        assert_eq!(
            progress,
            ["absent", "queued", "in_progress", "in_progress", "failure", "failure"]
        );
    }

    #[test]
    fn every_commit_has_separate_runs() {
        let mut runs = WorkflowRuns::new(vec![
            Workflow::new("CI").queued_for(1),
            Workflow::new("Docs").for_commit("abc"),
        ]);
        assert_eq!(runs.poll_commit("abc").len(), 2);
        let other = runs.poll_commit("def");
        assert_eq!((other.len(), other[0].progress.status), (1, "queued"));
        assert_eq!(runs.poll_run(other[0].id).unwrap().progress.status, "completed");
        assert_eq!(runs.poll_run(99), None);
    }
}
