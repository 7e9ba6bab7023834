//! Results of removing containers, networks and volumes.

use crate::error::EngineError;

/// Result of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoveOutcome {
    /// It existed and was removed.
    Removed,
    /// It did not exist any more.
    Gone,
    /// Something uses it, according to this message of the engine; it stays.
    InUse(String),
}

/// The outcome of a DELETE; `means_in_use` recognises a refusal by status and text.
pub(crate) fn remove_outcome(
    response: Result<(), EngineError>,
    means_in_use: impl Fn(u16, &str) -> bool,
) -> Result<RemoveOutcome, EngineError> {
    match response {
        Ok(()) => Ok(RemoveOutcome::Removed),
        Err(EngineError::Refused { status: Some(404), .. }) => Ok(RemoveOutcome::Gone),
        Err(error) if is_removal_in_progress(&error) => Err(error),
        Err(EngineError::Refused { status: Some(status), message, .. })
            if means_in_use(status, &message) =>
        {
            Ok(RemoveOutcome::InUse(message))
        }
        Err(error) => Err(error),
    }
}

/// 409 for a container that another client removes (moby `daemon/delete.go`).
pub(crate) fn is_removal_in_progress(error: &EngineError) -> bool {
    matches!(error, EngineError::Refused { status: Some(409), message, .. }
        if message.contains("already in progress"))
}
