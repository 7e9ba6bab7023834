//! Builds with the Docker plugin buildx.

mod command_line;
mod detect;
mod progress;
mod result;

use std::sync::{Mutex, PoisonError};

use image_ref::Platform;
use process::{Line, ProcessError};

pub(super) use command_line::BuildxOutput;
pub(super) use detect::find_buildx;
pub use detect::{Builder, Buildx, DockerPrograms};
pub(super) use result::read_result;

use self::{command_line::buildx_arguments, detect::docker_command, progress::BuildxProgress};
use super::{
    event::OnBuildEvent,
    failure::{BUILD_IMAGE, classify_failure},
    request::BuildRequest,
};
use crate::{client::Connection, error::EngineError};

/// One call of `docker buildx build`.
pub(super) struct BuildxBuild<'a> {
    pub(super) buildx: &'a Buildx,
    pub(super) builder: &'a str,
    pub(super) connection: &'a Connection,
    pub(super) request: &'a BuildRequest,
    pub(super) platforms: &'a [Platform],
    pub(super) on_event: OnBuildEvent<'a>,
}

impl BuildxBuild<'_> {
    /// Runs the build to its end and reports its progress.
    pub(super) async fn run(&self, output: BuildxOutput<'_>) -> Result<(), EngineError> {
        let arguments = buildx_arguments(self.request, self.platforms, self.builder, output);
        let command = docker_command(&self.buildx.argv, self.connection.endpoint());
        let progress = Mutex::new(BuildxProgress::default());
        let result = command.args(arguments).stream(|line| self.report_line(line, &progress)).await;
        let progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => Ok(()),
            Err(ProcessError::Failed { code: Some(_), .. }) => Err(self.failure(&progress).await),
            Err(error) => Err(error.into()),
        }
    }

    fn report_line(&self, line: Line<'_>, progress: &Mutex<BuildxProgress>) {
        let line = line.text();
        let event = progress.lock().unwrap_or_else(PoisonError::into_inner).read_line(line);
        event.into_iter().for_each(self.on_event);
    }

    /// buildx has many messages for an engine that went away, so the engine itself
    /// is pinged.
    async fn failure(&self, progress: &BuildxProgress) -> EngineError {
        if self.connection.ping().await.is_err() {
            let source = progress.reason().into();
            return EngineError::EngineGone { doing: BUILD_IMAGE.to_owned(), source };
        }
        classify_failure(progress.reason(), &progress.tail(), self.platforms)
    }
}
