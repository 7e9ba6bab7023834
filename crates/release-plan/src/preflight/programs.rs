use configuration::Configuration;

use crate::{Finding, Observed, ObservedProgram, PathState, ProgramState};

/// Programs of commands that will not be found when their time comes.
pub(super) fn findings(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let programs = observed.setup.programs.iter();
    programs
        .filter_map(|program| {
            let place = configuration.lines.line_of(&program.key);
            let finding = finding(program)?.at(place);
            Some(if program.is_optional { finding.into_warning() } else { finding })
        })
        .collect()
}

fn finding(program: &ObservedProgram) -> Option<Finding> {
    let ObservedProgram { subject, program: name, state, maker, .. } = program;
    let (problem, advice) = match state {
        ProgramState::Found => return None,
        ProgramState::NotOnPath => {
            (format!("`{name}` is not on PATH"), "install it, or correct the command".to_owned())
        }
        ProgramState::NotExecutable => (
            format!("`{name}` is not executable"),
            format!("run `git update-index --chmod=+x {name}` and commit, or name its interpreter"),
        ),
        ProgramState::NoFile(state) => return no_file(program, *state),
    };
    Some(match maker {
        // It may be what the earlier command installs.
        Some(maker) if *state == ProgramState::NotOnPath => {
            let advice = format!("unless `{maker}`, which runs before it, installs it, {advice}");
            Finding::warning(subject, problem, &advice)
        }
        _ => Finding::precondition(subject, problem, &advice),
    })
}

/// A file that git ignores is made by something; without a command that runs before, it
/// exists in the user's work tree only.
fn no_file(program: &ObservedProgram, state: PathState) -> Option<Finding> {
    let ObservedProgram { subject, program: name, maker, .. } = program;
    let is_ignored = matches!(state, PathState::Ignored | PathState::IgnoredAndMissing);
    match (state, maker) {
        (PathState::Committed, _) => None,
        (_, Some(_)) if is_ignored => None,
        (_, Some(maker)) => {
            let problem = format!("`{name}` is not committed");
            let advice = format!("unless `{maker}`, which runs before it, makes it, commit it");
            Some(Finding::warning(subject, problem, &advice))
        }
        (PathState::Uncommitted | PathState::Ignored, None) => {
            let problem =
                format!("`{name}` is not committed, so the checkout that it runs in lacks it");
            let advice = "commit it, or make it with a command that runs before";
            Some(Finding::precondition(subject, problem, advice))
        }
        (PathState::Missing | PathState::IgnoredAndMissing, None) => {
            let problem = format!("`{name}` does not exist, and no command before it can make it");
            Some(Finding::mistake(subject, problem, "correct the path"))
        }
    }
}
