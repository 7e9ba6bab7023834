use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::{Event, Level, StepNumber, StepState};

/// Shows events somewhere.
pub trait Render: Send + Sync {
    /// Shows one event; must not fail the operation when nobody reads.
    fn render(&self, event: &Event);

    /// Whether somebody may still read what is shown.
    fn has_reader(&self) -> bool {
        true
    }
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

    /// Whether somebody may still read what is shown; `false` once a write has failed,
    /// as after `| head`.
    #[must_use]
    pub fn has_reader(&self) -> bool {
        self.renderer.has_reader()
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
        self.start(id, title, None)
    }

    /// Starts a step of a plan.
    #[must_use]
    pub fn numbered_step(&self, id: &str, title: &str, number: StepNumber) -> RunningStep {
        self.start(id, title, Some(number))
    }

    fn start(&self, id: &str, title: &str, number: Option<StepNumber>) -> RunningStep {
        let (step, title) = (id.to_owned(), title.to_owned());
        self.emit(&Event::StepStarted { step: step.clone(), title: title.clone(), number });
        RunningStep {
            reporter: self.clone(),
            id: step,
            title,
            number,
            started: Instant::now(),
            done: Arc::default(),
            total: Arc::default(),
        }
    }
}

/// A step that is running.
#[derive(Debug, Clone)]
pub struct RunningStep {
    reporter: Reporter,
    id: String,
    title: String,
    number: Option<StepNumber>,
    started: Instant,
    done: Arc<AtomicU64>,
    /// The bytes in all; 0 when they are not counted.
    total: Arc<AtomicU64>,
}

impl RunningStep {
    /// A program printed a line.
    pub fn line(&self, line: &str) {
        self.reporter.emit(&Event::StepLine { step: self.id.clone(), line: line.to_owned() });
    }

    /// So many more bytes are done, of so many in all. What is sent again counts twice, and
    /// never as more than everything.
    pub fn advance(&self, bytes: u64, total: Option<u64>) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let done = total.map_or(done, |total| done.min(total));
        self.total.store(total.unwrap_or_default(), Ordering::Relaxed);
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
        if matches!(state, StepState::Done | StepState::AlreadyDone) {
            self.complete();
        }
        self.reporter.emit(&Event::StepFinished {
            step: self.id.clone(),
            title: self.title.clone(),
            state,
            evidence: evidence.to_owned(),
            seconds,
            number: self.number,
        });
        seconds
    }

    /// What was found at the target did not have to be sent: all the same, all is done.
    fn complete(&self) {
        let (step, total) = (self.id.clone(), self.total.load(Ordering::Relaxed));
        if self.done.swap(total, Ordering::Relaxed) < total {
            self.reporter.emit(&Event::StepProgress { step, done: total, total: Some(total) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What was done, and of how much.
    type Progress = (u64, Option<u64>);

    /// Progress, event by event.
    #[derive(Clone, Default)]
    struct Recorded(Arc<Mutex<Vec<Progress>>>);

    impl Render for Recorded {
        fn render(&self, event: &Event) {
            if let Event::StepProgress { done, total, .. } = event {
                self.0.lock().unwrap().push((*done, *total));
            }
        }
    }

    /// The progress of a step that sends so many of 100 bytes, and ends in this state.
    fn progress(sent: &[u64], state: StepState) -> Vec<Progress> {
        let recorded = Recorded::default();
        let step = Reporter::new(recorded.clone()).step("index.pypi.upload", "upload to pypi");
        let advance = step.progress(Some(100));
        sent.iter().for_each(|bytes| advance(*bytes));
        step.finish(state, "");
        let events = recorded.0.lock().unwrap();
        events.clone()
    }

    #[test]
    fn what_succeeds_ends_at_all_of_it_and_never_above() {
        let all = Some(100);
        assert_eq!(progress(&[40, 60], StepState::Done), [(40, all), (100, all)]);
        // The index had the second file already.
        assert_eq!(progress(&[40], StepState::Done), [(40, all), (100, all)]);
        // A file was sent twice.
        assert_eq!(progress(&[60, 60], StepState::Done), [(60, all), (100, all)]);
        assert_eq!(progress(&[40], StepState::Failed), [(40, all)]);
        assert_eq!(progress(&[], StepState::AlreadyDone), []);
    }
}
