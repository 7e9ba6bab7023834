use crate::target::TargetError;

/// Wraps an engine's error; `action` reads after "cannot".
pub(super) fn engine_error(action: &str) -> impl FnOnce(local_docker::EngineError) -> TargetError {
    let action = action.to_owned();
    move |error| TargetError::Unavailable {
        action,
        advice: error.advice().map(str::to_owned),
        source: Box::new(error),
    }
}
