//! What is printed from now on, also by instances that take the place of others.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{
    StreamExt as _,
    stream::{self, LocalBoxStream, SelectAll},
};
use tokio::time::sleep;

use super::{
    printer::Printer,
    source::{Source, Sources, current_instances},
};
use crate::{
    plan::InstanceState,
    target::{LogLine, LogRequest, Target, TargetError},
};

/// The pause between two looks at which instances there are.
const PAUSE: Duration = Duration::from_secs(1);

/// A line of an instance; `None` at the end of its log.
type Followed = (Source, Option<Result<LogLine, TargetError>>);

/// The logs that are open.
struct Following<'a> {
    target: &'a dyn Target,
    open: SelectAll<LocalBoxStream<'a, Followed>>,
    /// The instances whose logs are open.
    ids: BTreeSet<String>,
    /// Those that there were at first, until their logs are opened.
    first: BTreeSet<String>,
    /// Those whose logs were opened already.
    seen: BTreeSet<String>,
    tail: Option<usize>,
    is_idle: bool,
}

/// Prints lines as they come, until nobody reads them.
pub(super) async fn follow(
    target: &dyn Target,
    sources: Sources,
    tail: Option<usize>,
    printer: &mut Printer<'_>,
) -> Result<(), TargetError> {
    let first = sources.instances.iter().map(|source| source.instance.id.clone()).collect();
    let (open, ids, seen) = (SelectAll::new(), BTreeSet::new(), BTreeSet::new());
    let mut following = Following { target, open, ids, first, seen, tail, is_idle: false };
    while printer.reporter.has_reader() {
        let current = current_instances(target, &sources.services).await?;
        printer.rename(&current);
        following.attach(&current, printer).await;
        if !current.is_empty() && current.iter().all(|source| printer.is_unreadable(source)) {
            return Ok(());
        }
        following.announce_pause(printer);
        following.print_for(PAUSE, printer).await;
    }
    Ok(())
}

impl Following<'_> {
    /// Opens the logs of instances that are not open.
    async fn attach(&mut self, current: &[Source], printer: &mut Printer<'_>) {
        for source in current.iter().filter(|it| it.instance.state != InstanceState::Stopped) {
            if self.ids.contains(&source.instance.id) || printer.is_unreadable(source) {
                continue;
            }
            // One that has printed nothing since is read from its restart on.
            let is_again = !self.seen.insert(source.instance.id.clone());
            let restarted = source.instance.started.filter(|_| is_again);
            let since = printer.resume(source).or(restarted);
            let is_first = self.first.remove(&source.instance.id);
            let tail = if is_first && since.is_none() { self.tail } else { None };
            let request = LogRequest { tail, since, follow: source.instance.is_running() };
            match self.target.log(&source.instance, request).await {
                Ok(lines) => {
                    self.ids.insert(source.instance.id.clone());
                    let (source, ended) = (source.clone(), source.clone());
                    let lines = lines.map(move |line| (source.clone(), Some(line)));
                    let end = stream::once(async move { (ended, None) });
                    self.open.push(lines.chain(end).boxed_local());
                }
                // It may have been removed since it was listed: the next look shows that.
                Err(error) if source.instance.is_running() => printer.fail(source, &error),
                Err(_) => {}
            }
        }
    }

    /// A deployment may have stopped the old instance and not started the new one yet.
    fn announce_pause(&mut self, printer: &Printer<'_>) {
        if self.ids.is_empty() && !self.is_idle {
            printer.reporter.info("no container runs; waiting for the next one");
        }
        self.is_idle = self.ids.is_empty();
    }

    /// Prints what comes within this time, and reports the ends of logs.
    async fn print_for(&mut self, pause: Duration, printer: &mut Printer<'_>) {
        let mut pause = std::pin::pin!(sleep(pause));
        while printer.reporter.has_reader() {
            tokio::select! {
                () = &mut pause => return,
                Some((source, line)) = self.open.next(), if !self.open.is_empty() => match line {
                    Some(Ok(line)) => printer.print(&source, line),
                    Some(Err(error)) => printer.fail(&source, &error),
                    None => self.end(&source, printer),
                },
            }
        }
    }

    fn end(&mut self, source: &Source, printer: &Printer<'_>) {
        self.ids.remove(&source.instance.id);
        if source.instance.is_running() && !printer.is_unreadable(source) {
            printer.reporter.info(format!("{} has ended", printer.name_of(source)));
        }
    }
}
