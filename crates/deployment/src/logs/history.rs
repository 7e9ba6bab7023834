//! What was printed so far, by all instances in the order of its lines.

use futures_util::StreamExt as _;
use jiff::Timestamp;

use super::{printer::Printer, source::Source};
use crate::target::{LogLine, LogLines, LogRequest, Target};

/// A log, and its next line.
struct OpenLog<'a> {
    source: &'a Source,
    lines: LogLines<'a>,
    next: Option<LogLine>,
}

impl OpenLog<'_> {
    /// Reads the next line.
    async fn advance(&mut self, printer: &mut Printer<'_>) {
        self.next = match self.lines.next().await {
            Some(Ok(line)) => Some(line),
            Some(Err(error)) => {
                printer.fail(self.source, &error);
                None
            }
            None => None,
        };
    }

    /// Lines without a time come as soon as possible.
    fn time(&self) -> Option<Option<Timestamp>> {
        self.next.as_ref().map(|line| line.at)
    }
}

/// Prints the logs of these instances. One line of each is kept in memory.
pub(super) async fn show_history(
    target: &dyn Target,
    sources: &[Source],
    tail: Option<usize>,
    printer: &mut Printer<'_>,
) {
    let mut logs = Vec::new();
    for source in sources {
        let request = LogRequest { tail, ..LogRequest::default() };
        match target.log(&source.instance, request).await {
            Ok(lines) => logs.push(OpenLog { source, lines, next: None }),
            Err(error) => printer.fail(source, &error),
        }
    }
    for log in &mut logs {
        log.advance(printer).await;
    }
    while printer.reporter.has_reader() {
        let open = logs.iter_mut().filter(|log| log.next.is_some());
        let Some(earliest) = open.min_by_key(|log| log.time()) else { break };
        if let Some(line) = earliest.next.take() {
            printer.print(earliest.source, line);
        }
        earliest.advance(printer).await;
    }
}
