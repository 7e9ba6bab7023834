//! What stands in the way before anything is changed.

use std::collections::BTreeMap;

use operation::{FailureKind, OperationError};

use crate::LifecycleError;

/// One thing that stands in the way of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) service: String,
    /// The image that it is about.
    pub(super) image: Option<String>,
    pub(super) obstacle: Obstacle,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Obstacle {
    /// The Compose file states what cannot be.
    File(String),
    /// The registry does not tell what it serves.
    Registry {
        /// Its refusal, or why it cannot be asked.
        problem: String,
        /// What to do.
        advice: Option<String>,
        /// Whether some image has this name here.
        is_here: bool,
    },
    /// An image that is not here and is not to be pulled.
    NotHere {
        /// Why it is not to be pulled.
        problem: &'static str,
        /// What to do.
        advice: &'static str,
    },
}

/// Refuses when anything was found, with all of it.
///
/// # Errors
/// [`OperationError::Several`].
pub(super) fn refuse(findings: Vec<Finding>) -> Result<(), LifecycleError> {
    if findings.is_empty() {
        return Ok(());
    }
    let file = |finding: &Finding| matches!(finding.obstacle, Obstacle::File(_));
    let only_silent =
        |finding: &Finding| matches!(finding.obstacle, Obstacle::Registry { is_here: true, .. });
    let kind = if findings.iter().any(file) { FailureKind::Usage } else { FailureKind::Refused };
    let advice = findings
        .iter()
        .all(only_silent)
        .then(|| "to start all the same with the images that are here, add --offline".to_owned());
    let items = lines(findings);
    let problem = match items.len() {
        1 => "1 thing stands in the way; nothing was changed".to_owned(),
        count => format!("{count} things stand in the way; nothing was changed"),
    };
    Err(OperationError::Several { problem, items, kind, advice }.into())
}

/// One line for each image and obstacle, whatever the number of services.
fn lines(findings: Vec<Finding>) -> Vec<String> {
    let mut services: BTreeMap<(Option<String>, Obstacle), Vec<String>> = BTreeMap::new();
    for Finding { service, image, obstacle } in findings {
        services.entry((image, obstacle)).or_default().push(service);
    }
    let line = |((image, obstacle), services): ((Option<String>, Obstacle), Vec<String>)| {
        let image = image.map(|image| format!("{image}: ")).unwrap_or_default();
        format!("{}: {image}{obstacle}", services.join(", "))
    };
    services.into_iter().map(line).collect()
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(problem) | Self::Registry { problem, advice: None, .. } => {
                f.write_str(problem)
            }
            Self::Registry { problem, advice: Some(advice), .. } => {
                write!(f, "{problem}; {advice}")
            }
            Self::NotHere { problem, advice } => write!(f, "{problem}; {advice}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use operation::Failure as _;

    use super::*;

    fn unreachable(service: &str) -> Finding {
        let problem = "cannot be reached".to_owned();
        let obstacle = Obstacle::Registry { problem, advice: None, is_here: service != "new" };
        Finding { service: service.to_owned(), image: Some("demo/web".to_owned()), obstacle }
    }

    #[test]
    fn services_with_one_image_share_a_line() {
        let refused = refuse(vec![unreachable("web"), unreachable("worker")]).unwrap_err();
        let LifecycleError::Operation(OperationError::Several { items, kind, advice, .. }) =
            &refused
        else {
            panic!("{refused}")
        };
        assert_eq!(items, &["web, worker: demo/web: cannot be reached"]);
        assert_eq!(*kind, FailureKind::Refused);
        assert!(advice.as_ref().unwrap().contains("--offline"));
        let refused = refuse(vec![unreachable("web"), unreachable("new")]).unwrap_err();
        assert_eq!(refused.advice(), None, "it could not start either");
    }

    #[test]
    fn a_mistake_in_the_file_is_the_gravest() {
        let obstacle = Obstacle::File("has neither image nor build".to_owned());
        let mistake = Finding { service: "db".to_owned(), image: None, obstacle };
        let refused = refuse(vec![unreachable("web"), mistake]).unwrap_err();
        assert_eq!(refused.kind(), FailureKind::Usage);
        assert!(refuse(Vec::new()).is_ok());
    }
}
