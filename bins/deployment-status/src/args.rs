use clap::Parser;
use cli::{CommonArgs, DestinationArgs};
use deployment::LogsRequest;

/// Show what runs, whether it is what was deployed, and what can be gone back to
///
/// Changes nothing. `--format json` is for monitoring. With --logs, shows what the containers that
/// serve now have printed; passwords and tokens that are recognised are hidden.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 everything is as it should be, or the logs were shown, 1 failed, 2 usage, \
    4 refused, 5 something is wrong: a service does not run, is unhealthy, or runs another image than was deployed; \
    a deployment has not ended; maintenance is on"
)]
pub(crate) struct Args {
    /// Show the logs of this service's containers [default: of every application service]
    #[arg(long, value_name = "SERVICE", num_args = 0..=1)]
    pub(crate) logs: Option<Option<String>>,
    /// Go on showing logs until Ctrl-C, also those of containers that a deployment starts
    #[arg(long, requires = "logs")]
    pub(crate) follow: bool,
    /// Number of lines to show from the end of each container's log [default: all]
    #[arg(long, value_name = "N", requires = "logs")]
    pub(crate) tail: Option<usize>,
    #[command(flatten)]
    pub(crate) destination: DestinationArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl Args {
    /// Whose logs are asked for, if any.
    pub(crate) fn logs_request(&self) -> Option<LogsRequest> {
        let service = self.logs.clone()?;
        Some(LogsRequest { service, tail: self.tail, follow: self.follow })
    }
}
