use std::collections::BTreeMap;

use crate::{ReleasePlan, Requirement, Step, StepId};

/// How a step stands while a plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Running,
    Succeeded,
    Failed,
    NotTried,
}

/// Says which steps of a plan may start, given how the others stand.
///
/// Once a required step failed nothing new starts: the gate before what cannot
/// be undone is closed, and what runs is left to end. A failed optional step
/// keeps only those from starting that need it.
#[derive(Debug)]
pub struct Schedule<'a> {
    plan: &'a ReleasePlan,
    standing: BTreeMap<&'a StepId, Standing>,
}

impl<'a> Schedule<'a> {
    /// Nothing has started.
    #[must_use]
    pub fn new(plan: &'a ReleasePlan) -> Self {
        Self { plan, standing: BTreeMap::new() }
    }

    /// Takes the steps that may start now; they count as running.
    pub fn start_ready(&mut self) -> Vec<&'a Step> {
        self.give_up_blocked();
        if self.has_failed() {
            return Vec::new();
        }
        let steps: Vec<&Step> = self.plan.steps.iter().filter(|step| self.is_ready(step)).collect();
        self.standing.extend(steps.iter().map(|step| (&step.id, Standing::Running)));
        steps
    }

    /// A running step ended.
    pub fn end(&mut self, step: &'a Step, succeeded: bool) {
        let standing = if succeeded { Standing::Succeeded } else { Standing::Failed };
        self.standing.insert(&step.id, standing);
    }

    /// Whether a required step failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let failed = |step: &Step| self.standing.get(&step.id) == Some(&Standing::Failed);
        self.plan.steps.iter().any(|step| step.requirement == Requirement::Required && failed(step))
    }

    /// Steps that were never started.
    #[must_use]
    pub fn not_tried(&self) -> Vec<&'a Step> {
        let open =
            |step: &&Step| matches!(self.standing.get(&step.id), None | Some(Standing::NotTried));
        self.plan.steps.iter().filter(open).collect()
    }

    fn is_ready(&self, step: &Step) -> bool {
        let is =
            |id, wanted: &[Standing]| self.standing.get(id).is_some_and(|one| wanted.contains(one));
        !self.standing.contains_key(&step.id)
            && step.needs.iter().all(|id| is(id, &[Standing::Succeeded]))
            && step
                .after
                .iter()
                .all(|id| is(id, &[Standing::Succeeded, Standing::Failed, Standing::NotTried]))
    }

    /// Steps come after those they need, so one pass reaches all.
    fn give_up_blocked(&mut self) {
        for step in &self.plan.steps {
            let lost =
                |id| matches!(self.standing.get(id), Some(Standing::Failed | Standing::NotTried));
            if !self.standing.contains_key(&step.id) && step.needs.iter().any(lost) {
                self.standing.insert(&step.id, Standing::NotTried);
            }
        }
    }
}
