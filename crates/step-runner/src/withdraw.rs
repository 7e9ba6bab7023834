use std::fmt;

use journal::JournalError;
use serde::Serialize;
use step_plan::{Action, Retention, Withdrawal};

use crate::{
    Runner, StepContext, StepError, Undo,
    any_step::{RevertError, failure_text},
};

/// What was withdrawn, and what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn<Id> {
    /// Steps that were undone, the last one first.
    pub undone: Vec<(Id, Undo)>,
    /// Steps that stay, in the order of the plan.
    pub stay: Vec<(Id, Retention)>,
}

/// Why a withdrawal stopped.
#[derive(Debug)]
pub enum WithdrawError<Id, E> {
    /// A record cannot be read; nothing was changed.
    Journal(JournalError),
    /// A step could not be undone. Steps after it are undone already; the same
    /// command continues.
    Step {
        /// The step.
        step: Id,
        /// The reason.
        source: E,
    },
}

impl<Id: fmt::Display, E: StepError> fmt::Display for WithdrawError<Id, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::Step { step, source } => {
                write!(f, "cannot undo {step}: {}", failure_text(source))
            }
        }
    }
}

impl<Id: fmt::Display + fmt::Debug, E: StepError> std::error::Error for WithdrawError<Id, E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Journal(error) => error.source(),
            Self::Step { .. } => None,
        }
    }
}

impl<A, C> Runner<'_, A, C>
where
    A: Action<Id = C::Id> + Serialize,
    C: StepContext,
{
    /// Undoes every step that was started, the last one first, except those that
    /// are lasting or that lasting things were made from. Nothing is changed
    /// unless all records can be read.
    ///
    /// # Errors
    /// [`WithdrawError`].
    pub async fn withdraw(&self) -> Result<Withdrawn<C::Id>, WithdrawError<C::Id, C::Error>> {
        let records = self.journal.records();
        let Withdrawal { undo, stay } =
            Withdrawal::plan(self.plan, |id| records.is_started(&id.to_string()));
        for step in self.plan.iter() {
            (self.step_of)(&step.action).check_records(&records).map_err(WithdrawError::Journal)?;
        }
        let mut undone = Vec::new();
        for step in undo.into_iter().filter_map(|id| self.plan.get(&id)) {
            let reverted = (self.step_of)(&step.action)
                .revert(self.context, &records)
                .await
                .map_err(|error| match error {
                    RevertError::Journal(error) => WithdrawError::Journal(error),
                    RevertError::Step(source) => WithdrawError::Step { step: step.id(), source },
                })?;
            self.journal.undone(&step.id()).map_err(WithdrawError::Journal)?;
            undone.push((step.id(), reverted));
        }
        Ok(Withdrawn { undone, stay })
    }
}
