use std::{fmt, io::stderr};

use tracing::{Event, Subscriber, level_filters::LevelFilter, subscriber};
use tracing_subscriber::{
    filter::Targets,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt as _,
    registry::LookupSpan,
};

use crate::CommonArgs;

/// The crates whose events are shown. Those of other libraries may have secrets.
const SOURCES: [&str; 2] = ["transport", "process"];

impl CommonArgs {
    /// Shows requests and child programs on standard error, for `-vv`. No bars are
    /// drawn then, so lines need not wait for them.
    pub(crate) fn show_traces(&self) {
        if self.verbose < 2 || self.quiet > 0 {
            return;
        }
        let lines = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::DEBUG)
            .with_writer(stderr)
            .event_format(TraceLine)
            .finish();
        let ours = Targets::new().with_targets(SOURCES.map(|source| (source, LevelFilter::DEBUG)));
        // A process has one subscriber; a second run in it keeps that of the first.
        let _ = subscriber::set_global_default(lines.with(ours));
    }
}

/// A line of an event: its message, then its fields.
struct TraceLine;

impl<S, F> FormatEvent<S, F> for TraceLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, F>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("[....] ")?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
