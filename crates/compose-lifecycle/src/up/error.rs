use compose::ComposeError;
use compose_runtime::ComposeRuntimeError;
use operation::{Failure, FailureKind, OperationError, counted};
use report::Reporter;

use super::{
    problem::{Problem, ProblemCause, problem_lines},
    report::UpReport,
};

/// Why Compose projects are not up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpError {
    /// The Compose projects cannot be found or read, or Compose is not installed.
    #[error(transparent)]
    Compose(#[from] ComposeRuntimeError),
    /// A failure that all operations share.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// Images of services are not available; nothing was changed.
    #[error("{}; nothing was changed", counted(problem_lines(.0).len(), "problem"))]
    Unavailable(Vec<Problem>),
    /// Images cannot be pulled; the project was not started.
    #[error("cannot pull {}; {project} was not started", services.join(", "))]
    PullFailed {
        /// The project's name.
        project: String,
        /// The services whose images were to be pulled.
        services: Vec<String>,
        /// What Compose printed.
        reason: String,
    },
    /// The pull brought other images than the registry serves; the project was not
    /// started.
    #[error("the pulled images are not what the registry serves; {project} was not started")]
    PulledOther {
        /// The project's name.
        project: String,
        /// Each image, with what is served and what was pulled.
        images: Vec<String>,
    },
    /// Some services are not ready.
    #[error("not all services of {} are up", report.project_names())]
    NotReady {
        /// What went wrong.
        problems: Vec<String>,
        /// What every container runs now.
        report: UpReport,
    },
    /// Containers do not run what their registry serves.
    #[error("{} found", counted(.0.container_differences().len(), "difference"))]
    Differences(UpReport),
    /// The run ended early; the report says what every container runs now.
    #[error("{source}")]
    Incomplete {
        /// Why it ended.
        source: Box<UpError>,
        /// What every container runs now.
        report: UpReport,
    },
}

impl From<ComposeError> for UpError {
    fn from(error: ComposeError) -> Self {
        Self::Compose(error.into())
    }
}

impl Failure for UpError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Compose(error) => error.kind(),
            Self::Operation(error) => error.kind(),
            Self::Unavailable(problems) if problems.iter().any(is_invalid_file) => {
                FailureKind::Usage
            }
            Self::Unavailable(_) => FailureKind::Refused,
            Self::PullFailed { .. } => FailureKind::Failed,
            Self::PulledOther { .. } | Self::Differences(_) => FailureKind::Difference,
            Self::NotReady { report, .. } if report.is_changed() => FailureKind::HalfWay,
            Self::NotReady { .. } => FailureKind::Failed,
            Self::Incomplete { source, .. } => source.kind(),
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Self::Compose(error) => error.advice(),
            Self::Operation(error) => error.advice(),
            Self::Unavailable(problems) => problems
                .iter()
                .all(can_start_offline)
                .then_some("add --offline to start with the local images"),
            Self::PullFailed { .. } => {
                Some("run the same command again; `--offline` starts with the local images")
            }
            Self::PulledOther { .. } => Some(
                "a registry mirror of the engine may serve old images (see Registry Mirrors in `docker info`)",
            ),
            Self::NotReady { .. } => Some("fix this and run the same command again"),
            Self::Differences(_) => None,
            Self::Incomplete { source, .. } => source.advice(),
        }
    }

    fn items(&self) -> Vec<String> {
        match self {
            Self::Compose(error) => error.items(),
            Self::Operation(error) => error.items(),
            Self::Unavailable(problems) => problem_lines(problems),
            Self::PullFailed { reason, .. } => vec![reason.clone()],
            Self::PulledOther { images, .. } => images.clone(),
            Self::NotReady { problems, report } => {
                let differences = report.container_differences().into_iter();
                let further = differences.filter(|difference| !problems.contains(difference));
                problems.iter().cloned().chain(further).collect()
            }
            Self::Differences(report) => report.container_differences(),
            Self::Incomplete { source, .. } => source.items(),
        }
    }

    fn present(&self, reporter: &Reporter) {
        match self {
            Self::NotReady { report, .. }
            | Self::Differences(report)
            | Self::Incomplete { report, .. } => report.show_containers(reporter),
            _ => {}
        }
    }
}

fn is_invalid_file(problem: &Problem) -> bool {
    matches!(problem.cause, ProblemCause::InvalidFile(_))
}

fn can_start_offline(problem: &Problem) -> bool {
    matches!(problem.cause, ProblemCause::Registry { is_local: true, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable_registry(service: &str, is_local: bool) -> Problem {
        let problem = "cannot be reached".to_owned();
        let cause = ProblemCause::Registry { problem, advice: None, is_local };
        Problem { service: service.to_owned(), image: Some("demo/web".to_owned()), cause }
    }

    #[test]
    fn services_with_one_image_share_a_line() {
        let problems = ["web", "worker"].map(|service| unreachable_registry(service, true));
        let error = UpError::Unavailable(problems.to_vec());
        assert_eq!(error.to_string(), "1 problem; nothing was changed");
        assert_eq!(error.items(), ["web, worker: demo/web: cannot be reached"]);
        assert_eq!(error.kind(), FailureKind::Refused);
    }

    #[test]
    fn offline_is_suggested_only_if_it_helps() {
        let local = unreachable_registry("web", true);
        let error = UpError::Unavailable(vec![local.clone()]);
        assert!(error.advice().unwrap().contains("--offline"));
        let error = UpError::Unavailable(vec![local, unreachable_registry("new", false)]);
        assert_eq!(error.advice(), None, "the new one cannot start offline");
    }

    #[test]
    fn an_invalid_file_is_the_most_severe_problem() {
        let cause = ProblemCause::InvalidFile("has neither image nor build".to_owned());
        let invalid = Problem { service: "db".to_owned(), image: None, cause };
        let error = UpError::Unavailable(vec![unreachable_registry("web", true), invalid]);
        assert_eq!(error.kind(), FailureKind::Usage);
    }
}
