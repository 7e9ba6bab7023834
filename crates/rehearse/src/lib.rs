#![doc = include_str!("../README.md")]

mod checkout;
mod contents;
mod error;
mod stage;

use futures_util::FutureExt as _;
use journal::StateFolder;
use operation::{
    Environment, Failure as _, FailureKind, OperationError, Present, until_interrupted,
};
use release::{Project, PublishedRelease, ReleaseRequest, publish};
use report::Reporter;
use serde::Serialize;

use self::stage::Stage;
pub use self::{contents::ServiceContents, error::RehearseError};

/// A release that was rehearsed.
#[derive(Debug, Serialize)]
pub struct RehearsedRelease {
    /// What came of it, shown before.
    #[serde(skip)]
    pub release: Option<PublishedRelease>,
    /// What the embedded services held at the end.
    #[serde(flatten)]
    pub contents: ServiceContents,
}

impl Present for RehearsedRelease {
    fn present(&self, reporter: &Reporter) {
        self.contents.present(reporter);
        reporter.ok("rehearsal succeeded: the same command without --rehearse releases for real");
    }
}

/// Rehearses a release and removes everything again.
///
/// # Errors
/// [`RehearseError`].
pub async fn rehearse(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<RehearsedRelease, RehearseError> {
    let folder = tempfile::Builder::new()
        .prefix("tidegate-rehearsal-")
        .tempdir()
        .map_err(OperationError::service("make a temporary folder", None))?;
    let reporter = &environment.reporter;
    reporter
        .info(format!("rehearsing {}: nothing is published outside this machine", project.name));
    let interrupt = interrupt.shared();
    let checkout = checkout::check_out(project, folder.path(), reporter);
    let root = until_interrupted(interrupt.clone(), checkout).await?;
    let stage = Stage::start(project, folder.path())?;
    let clone = Project::with(&root, stage.configuration(project)).await?;
    let environment = Environment {
        variables: stage.variables(environment),
        state: Some(StateFolder::new(folder.path().join("state"))),
        home: None,
        confirm: None,
        ..environment.clone()
    };
    let released = publish(&clone, &environment, request, interrupt).await;
    let contents = stage.contents();
    match released {
        Ok(release) => Ok(RehearsedRelease { release, contents }),
        Err(error) if error.kind() == FailureKind::Interrupted => {
            contents.present(reporter);
            Err(RehearseError::Interrupted)
        }
        Err(source) => Err(RehearseError::Release { source, contents: Box::new(contents) }),
    }
}
