//! Carries out a plan: intent, act, evidence; what does not depend on each
//! other at the same time.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use journal::Entry;
use release_plan::{Action, Schedule, Step, StepId};
use report::{Event, Step as Progress, StepState};

use super::{
    release::Release,
    resume::intent_of,
    step::{Outcome, StepFailure},
};

/// How each step ended.
#[derive(Debug, Default)]
pub(crate) struct Execution {
    pub(crate) ended: BTreeMap<StepId, Ended>,
    pub(crate) started: BTreeSet<StepId>,
    pub(crate) interrupted: bool,
}

/// How one step ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) state: StepState,
    pub(crate) words: String,
    pub(crate) seconds: f64,
    pub(crate) refused: bool,
}

type Running<'a> = Pin<Box<dyn Future<Output = (&'a Step, Ended)> + 'a>>;

impl Release<'_> {
    /// Carries out all steps until they are done, one that is required fails,
    /// or `interrupt` resolves. What runs when a step fails is left to end;
    /// what runs at an interruption is dropped and recorded as such.
    pub(crate) async fn execute(&self, interrupt: impl Future<Output = ()>) -> Execution {
        let mut schedule = Schedule::new(self.plan);
        let mut running: FuturesUnordered<Running<'_>> = FuturesUnordered::new();
        let mut execution = Execution::default();
        let mut interrupt = std::pin::pin!(interrupt);
        loop {
            let ready = schedule.start_ready();
            execution.started.extend(ready.iter().map(|step| step.id.clone()));
            running.extend(ready.into_iter().map(|step| self.boxed(step)));
            // Who interrupts is heard first, even when a step ends at the same moment.
            let next = tokio::select! {
                biased;
                () = &mut interrupt => {
                    execution.interrupted = true;
                    break;
                }
                next = running.next() => next,
            };
            let Some((step, ended)) = next else { break };
            schedule.end(step, ended.state != StepState::Failed);
            execution.ended.insert(step.id.clone(), ended);
        }
        if execution.interrupted {
            drop(running);
            self.close_interrupted(&mut execution);
        }
        execution
    }

    fn boxed<'b>(&'b self, step: &'b Step) -> Running<'b> {
        Box::pin(async move { (step, self.carry_out(step).await) })
    }

    async fn carry_out(&self, step: &Step) -> Ended {
        let progress = self.environment.reporter.step(step.id.as_str(), &step.title());
        let result = self.perform(step, &progress).await;
        let recorded = self.record_result(step, result);
        let (state, words, refused) = match &recorded {
            Ok(outcome) => (outcome.state, outcome.words.clone(), false),
            Err(failure) => (StepState::Failed, failure.text(), failure.refused),
        };
        let seconds = progress.finish(state, &words);
        Ended { state, words, seconds, refused }
    }

    fn record_result(
        &self,
        step: &Step,
        result: Result<Outcome, StepFailure>,
    ) -> Result<Outcome, StepFailure> {
        match result {
            Ok(outcome) => {
                self.record(step.id.as_str(), Entry::Done(outcome.evidence.clone()))?;
                Ok(outcome)
            }
            Err(failure) => {
                // The failure itself matters more than that it could not be recorded.
                let _ = self.record(step.id.as_str(), Entry::Failed(failure.text()));
                if failure.nothing_done {
                    let _ = self.record(step.id.as_str(), Entry::Undone);
                }
                Err(failure)
            }
        }
    }

    /// Records what was cut off, and takes it from the screen.
    fn close_interrupted(&self, execution: &mut Execution) {
        let is_open = |step: &&Step| {
            execution.started.contains(&step.id) && !execution.ended.contains_key(&step.id)
        };
        let open: Vec<&Step> = self.plan.steps.iter().filter(is_open).collect();
        for step in open {
            let (state, words) = (StepState::Failed, "interrupted".to_owned());
            let _ = self.record(step.id.as_str(), Entry::Failed(words.clone()));
            self.environment.reporter.emit(&Event::StepFinished {
                step: step.id.as_str().to_owned(),
                title: step.title(),
                state,
                evidence: words.clone(),
                seconds: 0.0,
            });
            let ended = Ended { state, words, seconds: 0.0, refused: false };
            execution.ended.insert(step.id.clone(), ended);
        }
    }

    async fn perform(&self, step: &Step, progress: &Progress) -> Result<Outcome, StepFailure> {
        self.record(step.id.as_str(), Entry::Intent(intent_of(&step.action)))?;
        match &step.action {
            Action::Commit { .. } => self.commit().await,
            Action::RunCheck { number, .. } => self.run_check(*number, progress).await,
            Action::BuildPackage => self.build_package(progress).await,
            Action::BuildImage { image } => self.build_image(image, progress).await,
            Action::CreateTag { tag, branch, .. } => self.create_tag(tag, branch).await,
            Action::PushGit { remote, branch, .. } => self.push_git(remote, branch).await,
            Action::DraftForgeRelease { .. } => self.draft_release(progress).await,
            Action::AwaitWorkflows { workflows } => self.await_workflows(workflows).await,
            Action::Upload { index } => self.upload(index, progress).await,
            Action::ProveIndex { index } => self.prove_index(index, progress).await,
            Action::PushImage { image, .. } => self.push_image(image, progress).await,
            Action::VerifyImage { image } => self.verify_image(image, progress).await,
            Action::VerifyGit { .. } => {
                self.verify_git(&self.project.configuration.git.remote).await
            }
            Action::MoveFloating { image, .. } => self.move_floating(image).await,
            Action::PublishForgeRelease { .. } => self.publish_release().await,
        }
    }
}
