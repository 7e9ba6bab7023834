use process::ProcessError;

use crate::PythonError;

/// The words of a child that failed; everything else stays the error it is.
pub(super) fn tail_of(error: ProcessError) -> Result<String, PythonError> {
    match error {
        ProcessError::Failed { tail, .. } => Ok(tail),
        ProcessError::NotFound { .. } => Ok("there is no such program".to_owned()),
        other => Err(other.into()),
    }
}
