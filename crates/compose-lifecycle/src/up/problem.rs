//! What prevents a start before anything is changed.

use std::{collections::BTreeMap, fmt};

/// A problem with the image of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The service.
    pub service: String,
    /// The image, if it has a valid reference.
    pub image: Option<String>,
    /// What is wrong.
    pub cause: ProblemCause,
}

/// What is wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemCause {
    /// The Compose file declares it wrongly.
    InvalidFile(String),
    /// The digest that the registry serves is not known.
    Registry {
        /// Its refusal, or why it cannot be reached.
        problem: String,
        /// What to do.
        advice: Option<String>,
        /// Whether the engine has an image of this name.
        is_local: bool,
    },
    /// It is not in the engine, and is not to be pulled.
    NotPresent {
        /// Why it is not to be pulled.
        problem: &'static str,
        /// What to do.
        advice: &'static str,
    },
}

impl fmt::Display for ProblemCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidFile(problem) | Self::Registry { problem, advice: None, .. } => {
                f.write_str(problem)
            }
            Self::Registry { problem, advice: Some(advice), .. } => {
                write!(f, "{problem}; {advice}")
            }
            Self::NotPresent { problem, advice } => write!(f, "{problem}; {advice}"),
        }
    }
}

/// One line for each image and cause, with all services that it concerns.
pub(super) fn problem_lines(problems: &[Problem]) -> Vec<String> {
    let mut services: BTreeMap<(&Option<String>, &ProblemCause), Vec<&str>> = BTreeMap::new();
    for Problem { service, image, cause } in problems {
        services.entry((image, cause)).or_default().push(service);
    }
    let lines = services.into_iter().map(|((image, cause), services)| {
        let image = image.as_ref().map(|image| format!("{image}: ")).unwrap_or_default();
        format!("{}: {image}{cause}", services.join(", "))
    });
    lines.collect()
}
