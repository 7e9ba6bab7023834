//! What containers printed, line by line.

use std::collections::VecDeque;

use bollard::{
    container::LogOutput, errors::Error as ClientError, query_parameters::LogsOptionsBuilder,
};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::ContainerId;
use crate::{
    build::secret_values_of,
    client::{Connection, wire::or_default},
    error::EngineError,
};

/// Bytes of a line that are kept together.
const LONGEST_LINE: usize = 1 << 20;

/// Which stream of its program a line was printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output, or the terminal of a container that has one.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A line that a container printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When; `None` when the engine's time cannot be read.
    pub at: Option<Timestamp>,
    /// On which stream.
    pub stream: LogStream,
    /// The line without its end; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// Which lines of a log are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// Only so many lines at the end of what there is.
    pub tail: Option<usize>,
    /// Only lines from the second of this time on.
    pub since: Option<Timestamp>,
    /// Wait for further lines until the container ends.
    pub follow: bool,
}

/// What containers printed; see [`Engine::logs`](crate::Engine::logs). Programs print
/// secrets: see [`Logs::secret_values`].
#[derive(Debug, Clone, Copy)]
pub struct Logs<'a> {
    connection: &'a Connection,
}

impl<'a> Logs<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The lines of both streams in their order. The stream ends after an error: when the
    /// container does not exist, its log driver keeps no log that can be read, or the
    /// engine goes away.
    #[must_use]
    pub fn lines(
        self,
        id: &ContainerId,
        request: LogRequest,
    ) -> BoxStream<'static, Result<LogLine, EngineError>> {
        let tail = request.tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string());
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).timestamps(true);
        let options = options.follow(request.follow).tail(&tail);
        let options = match request.since.and_then(|since| since.as_second().try_into().ok()) {
            Some(seconds) => options.since(seconds),
            None => options,
        };
        let parts = self.connection.client().logs(id.as_str(), Some(options.build()));
        let error =
            self.connection.error_while(&format!("read the log of container {}", id.short()));
        assembled(parts.boxed(), error).boxed()
    }

    /// The values of a container's variables that look like secrets, the longest first: to
    /// hide them in what it prints. None when it does not exist.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn secret_values(self, id: &ContainerId) -> Result<Vec<SecretString>, EngineError> {
        let (path, doing) =
            (format!("/containers/{id}/json"), format!("inspect container {}", id.short()));
        let response: Option<InspectResponse> = self.connection.get_optional(&path, &doing).await?;
        Ok(secret_values_of(response.unwrap_or_default().config.env.iter()))
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectResponse {
    #[serde(deserialize_with = "or_default")]
    config: ConfigResponse,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ConfigResponse {
    #[serde(deserialize_with = "or_default")]
    env: Vec<String>,
}

/// A log as it comes, and the lines that are whole.
struct Assembly<S> {
    parts: S,
    lines: Lines,
    whole: VecDeque<LogLine>,
    is_at_end: bool,
}

fn assembled<S>(
    parts: S,
    error: impl Fn(ClientError) -> EngineError + Send + 'static,
) -> impl stream::Stream<Item = Result<LogLine, EngineError>> + Send
where
    S: stream::Stream<Item = Result<LogOutput, ClientError>> + Send + Unpin,
{
    let assembly =
        Assembly { parts, lines: Lines::default(), whole: VecDeque::new(), is_at_end: false };
    stream::unfold((assembly, error), async |(mut assembly, error)| {
        loop {
            if let Some(line) = assembly.whole.pop_front() {
                return Some((Ok(line), (assembly, error)));
            }
            if assembly.is_at_end {
                return None;
            }
            match assembly.parts.next().await {
                Some(Ok(part)) => assembly.whole.extend(assembly.lines.push(part)),
                Some(Err(problem)) => {
                    assembly.is_at_end = true;
                    let problem = error(problem);
                    return Some((Err(problem), (assembly, error)));
                }
                None => {
                    assembly.is_at_end = true;
                    assembly.whole.extend(assembly.lines.finish());
                }
            }
        }
    })
}

/// Lines whose ends have not come yet.
#[derive(Default)]
struct Lines {
    stdout: Partial,
    stderr: Partial,
}

#[derive(Default)]
struct Partial {
    at: Option<Timestamp>,
    bytes: Vec<u8>,
}

impl Lines {
    /// Every part has a time before it, also one that continues a long line.
    fn push(&mut self, part: LogOutput) -> Vec<LogLine> {
        let (stream, bytes) = match part {
            LogOutput::StdErr { message } => (LogStream::Stderr, message),
            LogOutput::StdOut { message }
            | LogOutput::Console { message }
            | LogOutput::StdIn { message } => (LogStream::Stdout, message),
        };
        let partial = match stream {
            LogStream::Stdout => &mut self.stdout,
            LogStream::Stderr => &mut self.stderr,
        };
        let (at, text) = split_time(&bytes);
        partial.at = partial.at.or(at);
        let mut whole = Vec::new();
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            partial.bytes.extend_from_slice(piece);
            if piece.ends_with(b"\n") || partial.bytes.len() > LONGEST_LINE {
                whole.extend(partial.take(stream));
                partial.at = at;
            }
        }
        if partial.bytes.is_empty() {
            partial.at = None;
        }
        whole
    }

    fn finish(&mut self) -> impl Iterator<Item = LogLine> {
        let stdout = self.stdout.take(LogStream::Stdout);
        stdout.into_iter().chain(self.stderr.take(LogStream::Stderr))
    }
}

impl Partial {
    fn take(&mut self, stream: LogStream) -> Option<LogLine> {
        let bytes = std::mem::take(&mut self.bytes);
        let at = self.at.take();
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        (!bytes.is_empty()).then_some(LogLine { at, stream, text })
    }
}

/// `2026-11-30T04:50:14.123456789Z text`.
fn split_time(bytes: &[u8]) -> (Option<Timestamp>, &[u8]) {
    let Some(space) = bytes.iter().position(|byte| *byte == b' ') else { return (None, bytes) };
    let time = std::str::from_utf8(&bytes[..space]).ok().and_then(|text| text.parse().ok());
    match time {
        Some(time) => (Some(time), &bytes[space + 1..]),
        None => (None, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stdout(text: &str) -> LogOutput {
        LogOutput::StdOut { message: text.to_owned().into() }
    }

    fn stderr(text: &str) -> LogOutput {
        LogOutput::StdErr { message: text.to_owned().into() }
    }

    fn texts(lines: &[LogLine]) -> Vec<(&str, LogStream)> {
        lines.iter().map(|line| (line.text.as_str(), line.stream)).collect()
    }

    #[test]
    fn a_long_line_comes_in_parts_and_each_has_a_time() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(stdout("2026-11-30T04:50:14.5Z lo")), []);
        let error = lines.push(stderr("2026-11-30T04:50:15Z bad\n"));
        assert_eq!(texts(&error), [("bad", LogStream::Stderr)]);
        let long = lines.push(stdout("2026-11-30T04:50:16Z ng\r\n"));
        assert_eq!(texts(&long), [("long", LogStream::Stdout)]);
        assert_eq!(long[0].at, "2026-11-30T04:50:14.5Z".parse().ok());
        assert_eq!(lines.push(stdout("2026-11-30T04:50:17Z end")), []);
        let rest: Vec<LogLine> = lines.finish().collect();
        assert_eq!(texts(&rest), [("end", LogStream::Stdout)]);
        assert_eq!(lines.finish().count(), 0);
    }

    #[test]
    fn an_empty_line_and_a_line_without_a_time_are_lines() {
        let mut lines = Lines::default();
        assert_eq!(
            texts(&lines.push(stdout("2026-11-30T04:50:14Z \n"))),
            [("", LogStream::Stdout)]
        );
        let odd = lines.push(LogOutput::Console { message: "no time\n".into() });
        assert_eq!((odd[0].at, odd[0].text.as_str()), (None, "no time"));
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let mut lines = Lines::default();
        let part = format!("2026-11-30T04:50:14Z {}", "x".repeat(LONGEST_LINE + 1));
        assert_eq!(lines.push(stdout(&part))[0].text.len(), LONGEST_LINE + 1);
    }
}
