use std::fmt::Display;

use async_trait::async_trait;
use journal::{JournalError, Records};
use probe::Probe;
use report::RunningStep;
use serde::Serialize;
use step_plan::Effect;

use crate::{
    Outcome, RecordedStep, Step, StepContext, StepError, StepJournal, Undo, step_journal::attempts,
};

/// A step of any type: what plans are carried out with.
#[async_trait(?Send)]
pub trait AnyStep<C: StepContext> {
    /// Probes, records the intent, applies, and records the outcome.
    ///
    /// # Errors
    /// [`StepFailure`], which is recorded too.
    async fn carry_out(
        &self,
        context: &C,
        journal: &StepJournal,
        planned: PlannedEffect<'_>,
        progress: &RunningStep,
    ) -> Result<Outcome<()>, StepFailure>;

    /// Checks that what was recorded of the step can be read.
    ///
    /// # Errors
    /// [`JournalError::Unreadable`].
    fn check_records(&self, records: &Records) -> Result<(), JournalError>;

    /// Reverts the step.
    ///
    /// # Errors
    /// [`RevertError`].
    async fn revert(&self, context: &C, records: &Records) -> Result<Undo, RevertError<C::Error>>;
}

/// Why a step was not reverted.
#[derive(Debug)]
pub enum RevertError<E> {
    /// Its records cannot be read.
    Journal(JournalError),
    /// It could not be reverted.
    Step(E),
}

/// What the plan says of a step, for its intent.
#[derive(Clone, Copy)]
pub struct PlannedEffect<'a> {
    /// What the step changes.
    pub effect: Effect,
    /// Its action.
    pub action: &'a serde_json::Value,
}

/// Why a step failed, for reports and journals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFailure {
    /// Reason and advice in one line.
    pub text: String,
    /// Whether trying again does not help.
    pub refused: bool,
    /// Whether the target refused before anything happened there.
    pub target_unchanged: bool,
}

impl StepFailure {
    fn new(error: &impl StepError) -> Self {
        Self {
            text: failure_text(error),
            refused: error.is_refusal(),
            target_unchanged: error.left_target_unchanged(),
        }
    }
}

impl From<JournalError> for StepFailure {
    fn from(error: JournalError) -> Self {
        Self { text: error_chain(&error), refused: false, target_unchanged: false }
    }
}

/// An error with its causes and its advice, in one line.
pub(crate) fn failure_text(error: &impl StepError) -> String {
    match error.advice() {
        Some(advice) => format!("{}; {advice}", error_chain(error)),
        None => error_chain(error),
    }
}

fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

/// What is recorded before a step is applied.
#[derive(Serialize)]
struct Intent<'a, M> {
    effect: Effect,
    action: &'a serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'a M>,
}

#[async_trait(?Send)]
impl<C: StepContext, S: Step<C>> AnyStep<C> for S {
    async fn carry_out(
        &self,
        context: &C,
        journal: &StepJournal,
        planned: PlannedEffect<'_>,
        progress: &RunningStep,
    ) -> Result<Outcome<()>, StepFailure> {
        let probe = self.probe(context).await.map_err(|error| StepFailure::new(&error))?;
        let missing = match probe {
            Probe::Identical(outcome) => return record_outcome(journal, &self.id(), outcome),
            Probe::Diverged(error) | Probe::Unknown(error) => return Err(StepFailure::new(&error)),
            Probe::Absent => None,
            Probe::Partial(missing) => Some(missing),
        };
        let PlannedEffect { effect, action } = planned;
        journal.intend(&self.id(), &Intent { effect, action, missing: missing.as_ref() })?;
        let applied = self.apply(context, missing, progress).await;
        record_outcome(journal, &self.id(), applied.map_err(|error| StepFailure::new(&error))?)
    }

    fn check_records(&self, records: &Records) -> Result<(), JournalError> {
        recorded_step(self, records).map(drop)
    }

    async fn revert(&self, context: &C, records: &Records) -> Result<Undo, RevertError<C::Error>> {
        let recorded = recorded_step(self, records).map_err(RevertError::Journal)?;
        self.undo(context, recorded).await.map_err(RevertError::Step)
    }
}

fn recorded_step<C: StepContext, S: Step<C>>(
    step: &S,
    records: &Records,
) -> Result<RecordedStep<S::Evidence, S::Missing>, JournalError> {
    let id = step.id().to_string();
    Ok(RecordedStep { evidence: records.evidence(&id)?, attempts: attempts(records, &id)? })
}

fn record_outcome<E: Serialize>(
    journal: &StepJournal,
    step: &impl Display,
    outcome: Outcome<E>,
) -> Result<Outcome<()>, StepFailure> {
    journal.done(step, &outcome.evidence)?;
    Ok(Outcome { state: outcome.state, evidence: (), detail: outcome.detail })
}
