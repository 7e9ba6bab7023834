use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use report::{Event, Reporter, StepNumber, StepState};
use serde::Serialize;
use step_plan::{Action, PlannedStep, Schedule, StepPlan};

use crate::{
    AnyStep, EndedStep, Execution, Outcome, StepContext, StepJournal,
    any_step::{PlannedEffect, StepFailure},
};

/// Carries out a plan, or withdraws it.
pub struct Runner<'a, A: Action, C: StepContext> {
    /// The plan.
    pub plan: &'a StepPlan<A>,
    /// What the steps share.
    pub context: &'a C,
    /// Where steps are recorded.
    pub journal: &'a StepJournal,
    /// Receives the progress of steps.
    pub reporter: &'a Reporter,
    /// The step that carries out an action.
    pub step_of: fn(&A) -> Box<dyn AnyStep<C>>,
}

type RunningFuture<'a, Id> = Pin<Box<dyn Future<Output = (Id, EndedStep)> + 'a>>;

impl<A, C> Runner<'_, A, C>
where
    A: Action<Id = C::Id> + Serialize,
    C: StepContext,
{
    /// Carries out all steps until they are done, a required one fails, or
    /// `interrupt` resolves. Steps that run when another one fails are left to
    /// end; steps that run at an interruption are dropped and recorded as failed.
    pub async fn run(&self, interrupt: impl Future<Output = ()>) -> Execution<C::Id> {
        let mut schedule = Schedule::new(self.plan);
        let mut running: FuturesUnordered<RunningFuture<'_, C::Id>> = FuturesUnordered::new();
        let mut started = BTreeSet::new();
        let mut execution = Execution { ended: BTreeMap::new(), interrupted: false };
        let mut interrupt = std::pin::pin!(interrupt);
        loop {
            for step in schedule.start_ready() {
                started.insert(step.id());
                running.push(Box::pin(self.run_step(step)));
            }
            // An interruption counts even when a step ends at the same moment.
            let next = tokio::select! {
                biased;
                () = &mut interrupt => {
                    execution.interrupted = true;
                    break;
                }
                next = running.next() => next,
            };
            let Some((id, ended)) = next else { break };
            schedule.end(&id, ended.state != StepState::Failed);
            execution.ended.insert(id, ended);
        }
        drop(running);
        started.retain(|id| !execution.ended.contains_key(id));
        execution.ended.extend(self.close_interrupted(&started));
        execution
    }

    async fn run_step(&self, step: &PlannedStep<A>) -> (C::Id, EndedStep) {
        let id = step.id();
        let (name, title) = (id.to_string(), step.action.title());
        let progress = self.reporter.numbered_step(&name, &title, self.number(&id));
        let action = serde_json::to_value(&step.action).unwrap_or_default();
        let planned = PlannedEffect { effect: step.effect(), action: &action };
        let carried_out = (self.step_of)(&step.action)
            .carry_out(self.context, self.journal, planned, &progress)
            .await;
        let (state, detail, refused) = match carried_out {
            Ok(Outcome { state, detail, .. }) => (state, detail, false),
            Err(failure) => {
                self.record_failure(&id, &failure);
                (StepState::Failed, failure.text, failure.refused)
            }
        };
        let seconds = progress.finish(state, &detail);
        (id, EndedStep { state, detail, seconds, refused })
    }

    fn number(&self, id: &C::Id) -> StepNumber {
        let position = self.plan.iter().position(|step| step.id() == *id);
        StepNumber { number: position.map_or(0, |position| position + 1), steps: self.plan.len() }
    }

    /// The failure itself matters more than that it could not be recorded.
    fn record_failure(&self, id: &C::Id, failure: &StepFailure) {
        let _ = self.journal.failed(id, &failure.text);
        if failure.target_unchanged {
            let _ = self.journal.undone(id);
        }
    }

    /// Records the steps that were cut off, and ends their progress.
    fn close_interrupted(&self, open: &BTreeSet<C::Id>) -> Vec<(C::Id, EndedStep)> {
        let mut closed = Vec::new();
        for step in self.plan.iter().filter(|step| open.contains(&step.id())) {
            let (id, state, detail) = (step.id(), StepState::Failed, "interrupted".to_owned());
            let _ = self.journal.failed(&id, &detail);
            self.reporter.emit(&Event::StepFinished {
                step: id.to_string(),
                title: step.action.title(),
                state,
                evidence: detail.clone(),
                seconds: 0.0,
                number: Some(self.number(&id)),
            });
            closed.push((id, EndedStep { state, detail, seconds: 0.0, refused: false }));
        }
        closed
    }
}
