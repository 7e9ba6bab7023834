use std::collections::BTreeMap;

use crate::{Action, PlannedStep, StepPlan};

/// Where a step is while a plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Running,
    Succeeded,
    Failed,
    /// It was not started, because a step that it needs did not succeed.
    Blocked,
}

impl Progress {
    fn has_ended(self) -> bool {
        self != Self::Running
    }
}

/// Which steps of a plan may start, given how the others ended.
///
/// Once a required step has failed nothing new starts: the gate before what cannot
/// be undone is closed, and running steps are left to end. A failed optional step
/// blocks only those that need it.
#[derive(Debug)]
pub struct Schedule<'a, A: Action> {
    plan: &'a StepPlan<A>,
    progress: BTreeMap<A::Id, Progress>,
}

impl<'a, A: Action> Schedule<'a, A> {
    /// A schedule in which nothing has started.
    #[must_use]
    pub fn new(plan: &'a StepPlan<A>) -> Self {
        Self { plan, progress: BTreeMap::new() }
    }

    /// Starts all steps that may start now; they count as running.
    pub fn start_ready(&mut self) -> Vec<&'a PlannedStep<A>> {
        self.block_hopeless();
        if self.has_failed() {
            return Vec::new();
        }
        let ready: Vec<_> = self.plan.iter().filter(|step| self.is_ready(step)).collect();
        self.progress.extend(ready.iter().map(|step| (step.id(), Progress::Running)));
        ready
    }

    /// Records that a running step ended.
    pub fn end(&mut self, step: &A::Id, succeeded: bool) {
        let progress = if succeeded { Progress::Succeeded } else { Progress::Failed };
        self.progress.insert(step.clone(), progress);
    }

    /// Whether a required step has failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.plan.iter().any(|step| {
            step.is_required() && self.progress_of(&step.id()) == Some(Progress::Failed)
        })
    }

    fn progress_of(&self, step: &A::Id) -> Option<Progress> {
        self.progress.get(step).copied()
    }

    fn is_ready(&self, step: &PlannedStep<A>) -> bool {
        self.progress_of(&step.id()).is_none()
            && step.needs.iter().all(|id| self.progress_of(id) == Some(Progress::Succeeded))
            && step.after.iter().all(|id| self.progress_of(id).is_some_and(Progress::has_ended))
    }

    /// Steps come after those that they need, so one pass reaches all.
    fn block_hopeless(&mut self) {
        for step in self.plan.iter() {
            let is_lost = step.needs.iter().any(|id| {
                matches!(self.progress_of(id), Some(Progress::Failed | Progress::Blocked))
            });
            if is_lost && self.progress_of(&step.id()).is_none() {
                self.progress.insert(step.id(), Progress::Blocked);
            }
        }
    }
}
