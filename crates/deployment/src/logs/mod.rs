//! Shows what the containers print that serve now.

mod follow;
mod history;
mod printer;
mod source;

use report::Reporter;

use crate::{DeploymentError, target::Target};
use follow::follow;
use history::show_history;
use printer::Printer;
use source::observed_sources;

/// Which logs are shown, and how much of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogsRequest {
    /// The service; `None` for every service of the application.
    pub service: Option<String>,
    /// Only so many lines at the end of each log.
    pub tail: Option<usize>,
    /// Go on until the user interrupts it or the reader goes away.
    pub follow: bool,
}

/// Shows the logs of the instances that serve now, in the order of their lines. With
/// `follow` it goes on with those that take their places, until `interrupt` resolves.
///
/// # Errors
/// [`OperationError::Usage`](operation::OperationError::Usage) for a service that does not
/// exist, [`DeploymentError::UnreadableLogs`] when the log of an instance cannot be read,
/// and when the target does not answer.
pub async fn show_logs(
    target: &dyn Target,
    reporter: &Reporter,
    request: &LogsRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<(), DeploymentError> {
    tokio::select! {
        biased;
        () = interrupt => Ok(()),
        shown = show(target, reporter, request) => shown,
    }
}

async fn show(
    target: &dyn Target,
    reporter: &Reporter,
    request: &LogsRequest,
) -> Result<(), DeploymentError> {
    let sources = observed_sources(target, reporter, request.service.as_deref()).await?;
    let mut printer = Printer::new(reporter);
    show_history(target, &sources.instances, request.tail, &mut printer).await;
    if request.follow {
        follow(target, sources, request.tail, &mut printer).await?;
    }
    printer.conclude()
}
