//! Many tags to one digest, byte for byte, with what is needed to put them back.

mod old_manifests;
mod operation;
mod outcome;
mod plan;

pub use operation::Retag;
pub use outcome::RetagOutcome;
pub use plan::{RetagPlan, TagMove};
