use futures_util::stream::LocalBoxStream;
use jiff::Timestamp;
use report::OutputStream;

use super::TargetError;

/// The log of an instance, line by line, until it ends.
pub type LogLines<'a> = LocalBoxStream<'a, Result<LogLine, TargetError>>;

/// A line that an instance printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When; `None` when that cannot be read.
    pub at: Option<Timestamp>,
    /// On which stream.
    pub stream: OutputStream,
    /// The line, without secrets that the target recognises.
    pub text: String,
}

/// Which lines of a log are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// Only so many lines at the end of what there is.
    pub tail: Option<usize>,
    /// Only lines from about this time on: some earlier ones may come, too.
    pub since: Option<Timestamp>,
    /// Wait for further lines until the instance ends.
    pub follow: bool,
}
