//! Workflow runs that make progress each time somebody looks.

use std::collections::BTreeMap;

/// A workflow of GitHub Actions and how its runs go.
///
/// Every commit that is asked about gets a run of its own. Looking at a run, in a list or alone,
/// moves it one step on, so a client that polls sees the same course every time.
#[derive(Debug, Clone)]
#[must_use]
pub struct Workflow {
    pub(crate) name: String,
    pub(crate) event: String,
    commit: Option<String>,
    appears_after: u32,
    queued_for: u32,
    runs_for: u32,
    conclusion: String,
}

impl Workflow {
    /// A workflow that runs on `push` and is completed successfully when first looked at.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            event: "push".to_owned(),
            commit: None,
            appears_after: 0,
            queued_for: 0,
            runs_for: 0,
            conclusion: "success".to_owned(),
        }
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

    /// Is not there yet the first `looks` times.
    pub fn appears_after(mut self, looks: u32) -> Self {
        self.appears_after = looks;
        self
    }

    /// Is then `queued` for so many looks.
    pub fn queued_for(mut self, looks: u32) -> Self {
        self.queued_for = looks;
        self
    }

    /// Is then `in_progress` for so many looks; [`u32::MAX`] for ever.
    pub fn runs_for(mut self, looks: u32) -> Self {
        self.runs_for = looks;
        self
    }

    /// Ends with this conclusion instead of `success`, such as `failure` or `cancelled`.
    pub fn concludes(mut self, conclusion: &str) -> Self {
        self.conclusion = conclusion.to_owned();
        self
    }

    fn concerns(&self, sha: &str) -> bool {
        self.commit.as_deref().is_none_or(|commit| commit == sha)
    }

    /// Status and conclusion when looked at for the n-th time, counted from 0.
    fn progress(&self, looks: u32) -> Option<Progress> {
        let step = looks.checked_sub(self.appears_after)?;
        let Some(step) = step.checked_sub(self.queued_for) else {
            return Some(Progress { status: "queued", conclusion: None });
        };
        if step < self.runs_for {
            return Some(Progress { status: "in_progress", conclusion: None });
        }
        Some(Progress { status: "completed", conclusion: Some(self.conclusion.clone()) })
    }
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) status: &'static str,
    pub(crate) conclusion: Option<String>,
}

/// A run as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) event: String,
    pub(crate) head_sha: String,
    pub(crate) progress: Progress,
}

/// All runs, made when they are first asked for.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    workflows: Vec<Workflow>,
    looks: BTreeMap<(usize, String), (u64, u32)>,
}

impl Runs {
    pub(crate) fn new(workflows: Vec<Workflow>) -> Self {
        Self { workflows, looks: BTreeMap::new() }
    }

    /// The runs for a commit, each moved one step on.
    pub(crate) fn look(&mut self, sha: &str) -> Vec<Run> {
        let concerned: Vec<usize> = (0..self.workflows.len())
            .filter(|index| self.workflows[*index].concerns(sha))
            .collect();
        concerned.into_iter().filter_map(|index| self.step(index, sha)).collect()
    }

    /// The runs for all commits that were asked for, each moved one step on.
    pub(crate) fn look_at_all(&mut self) -> Vec<Run> {
        let known: Vec<(usize, String)> = self.looks.keys().cloned().collect();
        known.into_iter().filter_map(|(index, sha)| self.step(index, &sha)).collect()
    }

    /// One run, moved one step on.
    pub(crate) fn look_at(&mut self, id: u64) -> Option<Run> {
        let (index, sha) =
            self.looks.iter().find(|(_, (known, _))| *known == id).map(|(key, _)| key.clone())?;
        self.step(index, &sha)
    }

    fn step(&mut self, index: usize, sha: &str) -> Option<Run> {
        let next_id = self.looks.len() as u64 + 1;
        let (id, looks) = self.looks.entry((index, sha.to_owned())).or_insert((next_id, 0));
        let (id, seen) = (*id, *looks);
        *looks = looks.saturating_add(1);
        let workflow = &self.workflows[index];
        Some(Run {
            id,
            name: workflow.name.clone(),
            event: workflow.event.clone(),
            head_sha: sha.to_owned(),
            progress: workflow.progress(seen)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_appears_waits_works_and_ends() {
        let workflow =
            Workflow::new("CI").appears_after(1).queued_for(1).runs_for(2).concludes("failure");
        let mut runs = Runs::new(vec![workflow]);
        let seen: Vec<String> = (0..6)
            .map(|_| {
                let run = runs.look("abc").pop();
                run.map_or("nothing".to_owned(), |run| {
                    run.progress.conclusion.unwrap_or(run.progress.status.to_owned())
                })
            })
            .collect();
        assert_eq!(seen, ["nothing", "queued", "in_progress", "in_progress", "failure", "failure"]);
    }

    #[test]
    fn every_commit_has_runs_of_its_own() {
        let mut runs = Runs::new(vec![
            Workflow::new("CI").queued_for(1),
            Workflow::new("Docs").for_commit("abc"),
        ]);
        assert_eq!(runs.look("abc").len(), 2);
        let other = runs.look("def");
        assert_eq!((other.len(), other[0].progress.status), (1, "queued"));
        assert_eq!(runs.look_at(other[0].id).unwrap().progress.status, "completed");
        assert_eq!(runs.look_at(99), None);
    }
}
