#![doc = include_str!("../README.md")]

mod action;
mod effect;
mod order;
mod plan;
mod schedule;
mod withdrawal;

pub use action::Action;
pub use effect::Effect;
pub use order::{order_violations, prerequisites};
pub use plan::{PlannedStep, Requirement, StepPlan};
pub use schedule::Schedule;
pub use withdrawal::{Retention, Withdrawal};
