//! Many tags to one digest, byte for byte, with what is needed to put them back.

mod apply;
mod gather;
mod plan;

pub use plan::{RetagOutcome, RetagPlan, TagMove};
