use std::{pin::pin, time::Duration};

use image_ref::Registry;
use tokio::time::timeout;

use super::connect::ComposeTarget;
use crate::plan::UnavailableImage;

/// After how long a line says what is waited for.
const QUIET: Duration = Duration::from_secs(3);
/// How long a registry may take to describe an image.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Waits for what a registry is asked for, says so when that takes a while, and gives up
/// in time: a registry that accepts connections need not answer.
pub(super) async fn within_patience<T>(
    target: &ComposeTarget,
    registry: &Registry,
    request: impl Future<Output = T>,
) -> Result<T, UnavailableImage> {
    let mut request = pin!(request);
    if let Ok(answer) = timeout(QUIET, &mut request).await {
        return Ok(answer);
    }
    let seconds = TIMEOUT.as_secs();
    if target.awaited.borrow_mut().insert(registry.clone()) {
        target.reporter.info(format!("waiting for {registry} to answer, at most {seconds} s"));
    }
    timeout(TIMEOUT.saturating_sub(QUIET), request).await.map_err(|_| UnavailableImage {
        problem: format!("{registry} does not answer within {seconds} s"),
        advice: Some(format!("check the registry, the network and the name `{registry}`")),
    })
}
