#![doc = include_str!("../README.md")]

mod checkout;
mod report;
mod stage;

use futures_util::FutureExt as _;
use journal::StateFolder;

use operation::{Environment, FailureKind, OperationError, until_interrupted};
use release::{
    Project, ReleaseError,
    publish::{self, ReleaseRequest},
};

/// Rehearses a release and removes everything again.
///
/// # Errors
/// As [`publish::run`], and [`OperationError::Service`] when the stage
/// cannot be set.
pub async fn run(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<(), ReleaseError> {
    let folder = tempfile::Builder::new()
        .prefix("tidegate-rehearsal-")
        .tempdir()
        .map_err(OperationError::service("make a temporary folder", None))?;
    let reporter = &environment.reporter;
    reporter.info(format!("rehearsal of {}: nothing leaves this machine", project.name));
    let interrupt = interrupt.shared();
    let check_out = checkout::check_out(project, folder.path(), reporter);
    let root = until_interrupted(interrupt.clone(), check_out).await;
    let root = root.map_err(without_advice)?;
    let stage = stage::Stage::set(project, folder.path())?;
    let clone = Project::with(&root, stage.configuration(project)).await?;
    let environment = Environment {
        variables: stage.variables(environment),
        state: Some(StateFolder::new(folder.path().join("state"))),
        home: None,
        confirm: None,
        ..environment.clone()
    };
    let ended = publish::run(&clone, &environment, request, interrupt).await;
    reporter.emit(&::report::Event::Report(report::state_document(&stage)));
    ended.map_err(without_advice)?;
    reporter.ok("rehearsed: the same command without --rehearse does it for real");
    Ok(())
}

/// The advice of a real release would release for real, and nothing of a
/// rehearsal can be resumed.
fn without_advice(error: ReleaseError) -> ReleaseError {
    match error {
        ReleaseError::Steps { problem, kind, .. } => {
            let advice = "mend it and rehearse again: nothing of this rehearsal is left";
            ReleaseError::Steps { problem, kind, advice: advice.to_owned() }
        }
        ReleaseError::Operation(OperationError::Interrupted) => ReleaseError::Steps {
            problem: "the rehearsal was interrupted".to_owned(),
            kind: FailureKind::Interrupted,
            advice: "nothing of it is left".to_owned(),
        },
        other => other,
    }
}
