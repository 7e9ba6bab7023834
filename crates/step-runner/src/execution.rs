use std::collections::BTreeMap;

use report::StepState;
use serde::Serialize;

/// How the steps of a plan ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution<Id> {
    /// Every step that was started.
    pub ended: BTreeMap<Id, EndedStep>,
    /// Whether the user interrupted it.
    pub interrupted: bool,
}

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EndedStep {
    /// How it ended.
    pub state: StepState,
    /// What proves it, or why it failed.
    pub detail: String,
    /// How long it took.
    pub seconds: f64,
    /// Whether it was refused: trying again does not help.
    #[serde(skip)]
    pub refused: bool,
}

impl<Id: Ord> Execution<Id> {
    /// How a step ended; `None` when it was not started.
    #[must_use]
    pub fn step(&self, id: &Id) -> Option<&EndedStep> {
        self.ended.get(id)
    }

    /// Whether a step was started and did not fail.
    #[must_use]
    pub fn succeeded(&self, id: &Id) -> bool {
        self.step(id).is_some_and(|ended| ended.state != StepState::Failed)
    }
}
