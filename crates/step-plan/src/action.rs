use std::fmt::{Debug, Display};

use crate::Effect;

/// What one step does, as data.
pub trait Action {
    /// Identifies a step in plans, journals and reports.
    type Id: Clone + Ord + Debug + Display;

    /// The step's identity; unique in its plan.
    fn id(&self) -> Self::Id;

    /// What the step changes.
    fn effect(&self) -> Effect;

    /// What the step does, in a few words: `upload to pypi`.
    fn title(&self) -> String;

    /// Whether lasting things are made from what the step does, so that it stays
    /// once there is one: a published package needs the commit of its tag.
    fn is_foundation(&self) -> bool {
        false
    }
}
