use std::{
    error::Error,
    fmt::{Debug, Display},
};

use async_trait::async_trait;
use probe::Probe;
use report::{RunningStep, StepState};
use serde::{Serialize, de::DeserializeOwned};

/// What the steps of an operation share.
pub trait StepContext {
    /// Identifies a step; its text is used in the journal.
    type Id: Clone + Ord + Debug + Display;
    /// Why a step failed.
    type Error: StepError;
}

/// Why a step failed.
pub trait StepError: Error {
    /// What to do about it.
    fn advice(&self) -> Option<String> {
        None
    }

    /// Whether it was refused: something is there that must not be touched, so
    /// that trying again does not help.
    fn is_refusal(&self) -> bool {
        false
    }

    /// Whether the target refused before anything happened there.
    fn left_target_unchanged(&self) -> bool {
        false
    }
}

/// One step of an operation.
#[async_trait(?Send)]
pub trait Step<C: StepContext> {
    /// What proves that the step was done; later steps and later runs read it.
    type Evidence: Serialize + DeserializeOwned;
    /// What is left to do when a part is in place; recorded with the intent.
    type Missing: Serialize + DeserializeOwned;

    /// The step's identity.
    fn id(&self) -> C::Id;

    /// Looks whether the step is done, by content. The default is for steps that
    /// are always carried out, such as verifications.
    ///
    /// # Errors
    /// When what the step needs is not recorded or cannot be read.
    async fn probe(&self, context: &C) -> Result<StepProbe<Self, C>, C::Error> {
        let _ = context;
        Ok(Probe::Absent)
    }

    /// Does the step, or what is missing of it. Must be safe to run again after an
    /// interruption at any point.
    ///
    /// # Errors
    /// The reason, when it was not done.
    async fn apply(
        &self,
        context: &C,
        missing: Option<Self::Missing>,
        progress: &RunningStep,
    ) -> Result<Outcome<Self::Evidence>, C::Error>;

    /// Reverts the step, as far as it was done. Safe to run again. The default is
    /// for steps that leave nothing behind.
    ///
    /// # Errors
    /// The reason, when it could not be reverted.
    async fn undo(
        &self,
        context: &C,
        recorded: RecordedStep<Self::Evidence, Self::Missing>,
    ) -> Result<Undo, C::Error> {
        let _ = (context, recorded);
        Ok(Undo::default())
    }
}

/// What a step's probe found. `Diverged` and `Unknown` carry why the step fails.
pub type StepProbe<S, C> = Probe<
    Outcome<<S as Step<C>>::Evidence>,
    <S as Step<C>>::Missing,
    <C as StepContext>::Error,
    <C as StepContext>::Error,
>;

/// How a step ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<E> {
    /// Done now, found done, or kept on purpose.
    pub state: StepState,
    /// For the journal and for later steps.
    pub evidence: E,
    /// For people, in one line: `2 files, accepted`.
    pub detail: String,
}

impl<E> Outcome<E> {
    /// Done now.
    pub fn done(evidence: E, detail: impl Into<String>) -> Self {
        Self { state: StepState::Done, evidence, detail: detail.into() }
    }

    /// Found done, with the right content.
    pub fn already_done(evidence: E, detail: impl Into<String>) -> Self {
        Self { state: StepState::AlreadyDone, evidence, detail: detail.into() }
    }

    /// Nothing to do, on purpose.
    pub fn kept(evidence: E, detail: impl Into<String>) -> Self {
        Self { state: StepState::Kept, evidence, detail: detail.into() }
    }
}

/// What a journal has of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedStep<E, M> {
    /// Its evidence, when it was done.
    pub evidence: Option<E>,
    /// What each attempt was about to do, oldest first; `None` for everything.
    pub attempts: Vec<Option<M>>,
}

/// What reverting a step did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undo {
    /// What was reverted, a line each: `deleted v1.2.0 at origin`.
    pub reverted: Vec<String>,
    /// What stays nevertheless, with the reason.
    pub stays: Vec<String>,
}

impl Undo {
    /// One thing was reverted.
    pub fn reverted(line: impl Into<String>) -> Self {
        Self { reverted: vec![line.into()], stays: Vec::new() }
    }

    /// Something stays.
    pub fn stays(line: impl Into<String>) -> Self {
        Self { reverted: Vec::new(), stays: vec![line.into()] }
    }
}
