//! One container, run once: does the image contain what it should?

mod container;
mod outcome;
mod request;

pub use outcome::RunOutcome;
pub use request::{RunCommand, RunRequest};

use crate::{Engine, EngineError};
use container::CheckContainer;

/// Label of the containers made here; its value is unique.
pub const CHECK_LABEL: &str = "org.tidegate.check";

impl Engine {
    /// Runs a container of a local image to its end and removes it, also when
    /// the future is dropped. The image is never pulled. Another exit code
    /// than 0 is an outcome and no error.
    ///
    /// # Errors
    /// `ImageNotFound`, `ProgramMissing`, `NotRunnable`, `RunTimedOut`, or when
    /// the engine goes away.
    pub async fn run_once(&self, request: &RunRequest) -> Result<RunOutcome, EngineError> {
        let container = CheckContainer::create(self, request).await?;
        let ended = tokio::time::timeout(request.timeout, container.run_to_end(request)).await;
        let timed_out = ended.is_err();
        let outcome = match ended {
            Ok(Ok(code)) => container.outcome(Some(code)).await,
            Ok(Err(error)) => Err(error),
            Err(_) => container.outcome(None).await,
        };
        container.remove().await;
        self.judge(outcome?, request, timed_out).await
    }

    async fn judge(
        &self,
        outcome: RunOutcome,
        request: &RunRequest,
        timed_out: bool,
    ) -> Result<RunOutcome, EngineError> {
        let image = request.image.to_string();
        if timed_out {
            let (stdout, stderr) = (outcome.stdout_text(), outcome.stderr_text());
            return Err(EngineError::RunTimedOut { image, limit: request.timeout, stdout, stderr });
        }
        if outcome.could_not_be_executed() {
            return Err(self.not_runnable(request).await?);
        }
        Ok(outcome)
    }

    async fn not_runnable(&self, request: &RunRequest) -> Result<EngineError, EngineError> {
        let local = self.image(request.image.clone()).await?;
        let unknown = || image_ref::Platform::new("unknown", "unknown");
        let found = local.platform.unwrap_or_else(unknown);
        Ok(EngineError::NotRunnable { image: request.image.to_string(), found })
    }
}
