#![doc = include_str!("../README.md")]

mod any_step;
mod execution;
mod runner;
mod step;
mod step_journal;
mod withdraw;

pub use any_step::{AnyStep, PlannedEffect, RevertError, StepFailure};
pub use execution::{EndedStep, Execution};
pub use runner::Runner;
pub use step::{Outcome, RecordedStep, Step, StepContext, StepError, StepProbe, Undo};
pub use step_journal::StepJournal;
pub use withdraw::{WithdrawError, Withdrawn};
