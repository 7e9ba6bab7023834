use configuration::Configuration;

use crate::{Finding, Observed, ObservedPath, PathState};

/// Files and folders of the configuration that the release's checkouts do not have, or
/// that cannot be used.
pub(super) fn findings(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let paths = observed.setup.paths.iter();
    paths
        .filter_map(|path| Some(finding(path)?.at(configuration.lines.line_of(&path.key))))
        .collect()
}

fn finding(observed: &ObservedPath) -> Option<Finding> {
    let ObservedPath { subject, path, state, maker, problem, .. } = observed;
    let path = path.display();
    if let Some(problem) = problem {
        return Some(Finding::mistake(subject, format!("{path}: {problem}"), ""));
    }
    match (state, maker) {
        (PathState::Committed, _) | (_, Some(_)) => None,
        (PathState::Missing | PathState::IgnoredAndMissing, None) => {
            let problem = format!("{path} does not exist");
            Some(Finding::mistake(subject, problem, "correct the path"))
        }
        (PathState::Uncommitted, None) => {
            let problem = format!("{path} is not committed, so it is not part of the release");
            Some(Finding::precondition(subject, problem, "`git add` and commit it"))
        }
        (PathState::Ignored, None) => {
            let problem = format!("git ignores {path}, so it is not part of the release");
            let advice = "correct the path, or remove it from .gitignore and commit it";
            Some(Finding::mistake(subject, problem, advice))
        }
    }
}
