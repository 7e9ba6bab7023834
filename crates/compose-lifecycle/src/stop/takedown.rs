//! What takes a project down: the installed Compose or the engine.

use super::{error::StopError, report::StopMethod};
use compose::{
    ComposeError,
    down::{DeclaredServices, ProjectResources},
};

/// Takes one project down. When the future is dropped, nothing further is started;
/// the engine finishes what it is doing.
pub(super) trait Takedown {
    /// How it does that.
    fn method(&self) -> StopMethod;

    /// Stops and removes. `existing` resolves to what the project has, once that may be
    /// removed; if there is nothing to remove, the future is dropped instead.
    async fn take_down(
        &self,
        existing: impl Future<Output = ProjectResources>,
    ) -> Result<TakedownEnd, StopError>;
}

/// How a takedown ended.
pub(super) enum TakedownEnd {
    Finished(TakedownOutcome),
    /// The files do not load; nothing was changed.
    UnreadableFiles(ComposeError),
}

/// What a takedown did.
pub(super) struct TakedownOutcome {
    pub(super) method: StopMethod,
    pub(super) problems: Vec<String>,
    /// What the files declare, if they were read.
    pub(super) declared: Option<DeclaredServices>,
    pub(super) interrupted: bool,
}

impl TakedownOutcome {
    pub(super) fn interrupted(method: StopMethod) -> Self {
        Self { method, problems: Vec::new(), declared: None, interrupted: true }
    }
}
