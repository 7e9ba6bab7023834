use std::error::Error;

/// Why a target did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The target does not answer, or refuses for a reason of its own.
    #[error("cannot {action}")]
    Unavailable {
        /// What was attempted: `create the containers of api`.
        action: String,
        /// What to do.
        advice: Option<String>,
        /// The reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The target has something else than was planned.
    #[error("{problem}")]
    Changed {
        /// What differs.
        problem: String,
    },
    /// The target cannot do it as it is.
    #[error("{problem}")]
    Refused {
        /// Why.
        problem: String,
        /// What to change.
        advice: String,
    },
    /// An instance does not become ready.
    #[error("{service} is not ready: {reason}")]
    NotReady {
        /// The service.
        service: String,
        /// Why.
        reason: String,
    },
}

impl TargetError {
    /// Wraps the reason of a target; `action` reads after "cannot".
    pub fn unavailable<E: Into<Box<dyn Error + Send + Sync>>>(
        action: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let action = action.into();
        move |source| Self::Unavailable { action, advice: None, source: source.into() }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match self {
            Self::Unavailable { advice, .. } => advice.as_deref(),
            Self::Refused { advice, .. } => Some(advice),
            Self::Changed { .. } => Some("run the command again to plan anew"),
            Self::NotReady { .. } => None,
        }
    }
}
