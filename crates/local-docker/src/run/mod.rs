//! One container, run once: does the image contain what it should?

mod container;
mod outcome;
mod request;

pub use outcome::RunOutcome;
pub use request::{CHECK_LABEL, RunCommand, RunRequest};

use image_ref::Platform;
use tokio::time::timeout;

use crate::{client::Connection, error::EngineError, images::Images};
use container::CheckContainer;

/// Runs a container of a local image to its end and removes it.
pub(crate) async fn run_once(
    connection: &Connection,
    request: &RunRequest,
) -> Result<RunOutcome, EngineError> {
    let container = CheckContainer::create(connection, request).await?;
    let ended = timeout(request.timeout, container.run_to_end(request)).await;
    let timed_out = ended.is_err();
    let outcome = match ended {
        Ok(Ok(code)) => container.outcome(Some(code)).await,
        Ok(Err(error)) => Err(error),
        Err(_) => container.outcome(None).await,
    };
    container.remove().await;
    let outcome = outcome?;
    if timed_out {
        return Err(timeout_error(request, &outcome));
    }
    if outcome.could_not_be_executed() {
        return Err(not_runnable(connection, request).await?);
    }
    Ok(outcome)
}

fn timeout_error(request: &RunRequest, outcome: &RunOutcome) -> EngineError {
    EngineError::RunTimedOut {
        image: request.image.to_string(),
        limit: request.timeout,
        stdout: outcome.stdout_text(),
        stderr: outcome.stderr_text(),
    }
}

async fn not_runnable(
    connection: &Connection,
    request: &RunRequest,
) -> Result<EngineError, EngineError> {
    let image = Images::new(connection).get(request.image.clone()).await?;
    let found = image.platform.unwrap_or_else(|| Platform::new("unknown", "unknown"));
    Ok(EngineError::NotRunnable { image: request.image.to_string(), found })
}
