use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::{Event, Level, StepState};

/// Shows events somewhere.
pub trait Render: Send + Sync {
    /// Shows one event; must not fail the operation when nobody reads.
    fn render(&self, event: &Event);
}

/// Takes the events of an operation. Cheap to clone.
#[derive(Clone)]
pub struct Reporter {
    renderer: Arc<dyn Render>,
}

impl std::fmt::Debug for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reporter")
    }
}

struct Silent;

impl Render for Silent {
    fn render(&self, _: &Event) {}
}

impl Reporter {
    /// Shows events through this renderer.
    pub fn new(renderer: impl Render + 'static) -> Self {
        Self { renderer: Arc::new(renderer) }
    }

    /// Shows nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(Silent)
    }

    /// Shows an event.
    pub fn emit(&self, event: &Event) {
        self.renderer.render(event);
    }

    /// Says what happens.
    pub fn info(&self, text: impl Into<String>) {
        self.message(Level::Info, text);
    }

    /// Says that something came out well.
    pub fn ok(&self, text: impl Into<String>) {
        self.message(Level::Ok, text);
    }

    /// Says that something is not as it should be.
    pub fn warn(&self, text: impl Into<String>) {
        self.message(Level::Warn, text);
    }

    /// Says something of this level.
    pub fn message(&self, level: Level, text: impl Into<String>) {
        self.emit(&Event::Message { level, text: text.into() });
    }

    /// Starts a step.
    #[must_use]
    pub fn step(&self, id: &str, title: &str) -> RunningStep {
        self.emit(&Event::StepStarted { step: id.to_owned(), title: title.to_owned() });
        RunningStep {
            reporter: self.clone(),
            id: id.to_owned(),
            title: title.to_owned(),
            started: Instant::now(),
            done: Arc::new(AtomicU64::new(0)),
        }
    }
}

/// A step that is running.
#[derive(Debug, Clone)]
pub struct RunningStep {
    reporter: Reporter,
    id: String,
    title: String,
    started: Instant,
    done: Arc<AtomicU64>,
}

impl RunningStep {
    /// A program printed a line.
    pub fn line(&self, line: &str) {
        self.reporter.emit(&Event::StepLine { step: self.id.clone(), line: line.to_owned() });
    }

    /// So many more bytes are done, of so many in all.
    pub fn advance(&self, bytes: u64, total: Option<u64>) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.reporter.emit(&Event::StepProgress { step: self.id.clone(), done, total });
    }

    /// A counter of bytes for an adapter.
    #[must_use]
    pub fn progress(&self, total: Option<u64>) -> Arc<dyn Fn(u64) + Send + Sync> {
        let step = self.clone();
        Arc::new(move |bytes| step.advance(bytes, total))
    }

    /// Ends the step; gives the seconds it took.
    pub fn finish(&self, state: StepState, evidence: &str) -> f64 {
        let seconds = self.started.elapsed().as_secs_f64();
        self.reporter.emit(&Event::StepFinished {
            step: self.id.clone(),
            title: self.title.clone(),
            state,
            evidence: evidence.to_owned(),
            seconds,
        });
        seconds
    }
}
