use std::{
    collections::HashMap,
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anstyle::AnsiColor;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{Event, Level, OutputStream, Render, StepNumber, StepState, output::ContainerLabels};

/// Human-readable lines, and bars on a terminal.
pub struct Human {
    out: Mutex<Box<dyn Write + Send>>,
    /// For what programs of services print on standard error; `out`, when there is none.
    errors: Option<Mutex<Box<dyn Write + Send>>>,
    /// For messages; `out`, when there is none.
    messages: Option<Mutex<Box<dyn Write + Send>>>,
    is_closed: AtomicBool,
    labels: ContainerLabels,
    least: Level,
    width: Option<usize>,
    bars: MultiProgress,
    /// Whether bars show which steps run; else a line does.
    has_bars: bool,
    running: Mutex<HashMap<String, ProgressBar>>,
}

impl Human {
    /// Writes lines of at least this level to `out`, with ANSI colours: give it a
    /// writer that strips them where they are not wanted. No bars.
    pub fn new(out: impl Write + Send + 'static, least: Level) -> Self {
        Self {
            out: Mutex::new(Box::new(out)),
            errors: None,
            messages: None,
            is_closed: AtomicBool::new(false),
            labels: ContainerLabels::default(),
            least,
            width: None,
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            has_bars: false,
            running: Mutex::default(),
        }
    }

    /// Writes what programs of services print on standard error to `errors`.
    #[must_use]
    pub fn with_errors(self, errors: impl Write + Send + 'static) -> Self {
        Self { errors: Some(Mutex::new(Box::new(errors))), ..self }
    }

    /// Writes messages to `messages`, so that `out` has plans, reports and results alone.
    #[must_use]
    pub fn with_messages(self, messages: impl Write + Send + 'static) -> Self {
        Self { messages: Some(Mutex::new(Box::new(messages))), ..self }
    }

    /// Draws bars on standard error, which must be a terminal.
    #[must_use]
    pub fn with_bars(self) -> Self {
        self.bars.set_draw_target(ProgressDrawTarget::stderr());
        Self { has_bars: true, ..self }
    }

    /// Cuts the tables of plans and reports to so many columns.
    #[must_use]
    pub fn with_width(mut self, columns: usize) -> Self {
        self.width = Some(columns);
        self
    }

    fn line(&self, level: Level, text: &str) {
        if level < self.least {
            return;
        }
        let label = level_label(level);
        let messages = self.messages.as_ref().unwrap_or(&self.out);
        self.bars.suspend(|| {
            if let Ok(mut out) = messages.lock() {
                // A reader that went away must not stop a release half-way.
                let _ = writeln!(out, "{label} {text}").and_then(|()| out.flush());
            }
        });
    }

    fn text(&self, text: &str) {
        self.bars.suspend(|| {
            if let Ok(mut out) = self.out.lock() {
                let _ = write!(out, "{text}").and_then(|()| out.flush());
            }
        });
    }

    /// Without a label of its own, so that it can be redirected as it is.
    fn output(&self, container: Option<&str>, stream: OutputStream, line: &str) {
        let label = container.map(|name| self.labels.label(name)).unwrap_or_default();
        let out = match (&self.errors, stream) {
            (Some(errors), OutputStream::Stderr) => errors,
            _ => &self.out,
        };
        self.bars.suspend(|| {
            if let Ok(mut out) = out.lock()
                && writeln!(out, "{label}{line}").and_then(|()| out.flush()).is_err()
            {
                self.is_closed.store(true, Ordering::Relaxed);
            }
        });
    }

    fn start(&self, step: &str, title: &str) {
        let style = "{spinner} {msg} {elapsed}";
        let bar = self.bars.add(ProgressBar::new_spinner()).with_message(title.to_owned());
        bar.set_style(
            ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(Duration::from_millis(120));
        if let Ok(mut running) = self.running.lock() {
            running.insert(step.to_owned(), bar);
        }
    }

    fn with_bar(&self, step: &str, act: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = self.running.lock().ok().and_then(|running| running.get(step).cloned()) {
            act(&bar);
        }
    }

    fn advance(&self, step: &str, done: u64, total: Option<u64>) {
        let style = "{spinner} {msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec}";
        self.with_bar(step, |bar| {
            if let Some(total) = total.filter(|&total| bar.length() != Some(total)) {
                bar.set_length(total);
                bar.set_style(
                    ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_bar()),
                );
            }
            bar.set_position(done);
        });
    }

    fn stop(&self, step: &str) {
        if let Some(bar) = self.running.lock().ok().and_then(|mut running| running.remove(step)) {
            bar.finish_and_clear();
        }
    }
}

impl Render for Human {
    fn render(&self, event: &Event) {
        match event {
            Event::Message { level, text } => self.line(*level, text),
            Event::StepStarted { step, title, number } => {
                let is_shown = number.is_some() && !self.has_bars;
                let level = if is_shown { Level::Info } else { Level::Detail };
                let title = numbered(*number, title);
                self.line(level, &format!("{title} …"));
                self.start(step, &title);
            }
            Event::StepProgress { step, done, total } => self.advance(step, *done, *total),
            Event::StepLine { step, line } => self.line(Level::Detail, &format!("{step}: {line}")),
            Event::StepFinished { step, title, state, evidence, seconds, number } => {
                self.stop(step);
                let title = numbered(*number, title);
                self.line(level_of(*state), &finished(&title, *state, evidence, *seconds));
            }
            Event::Output { container, stream, line, .. } => {
                self.output(container.as_deref(), *stream, line);
            }
            Event::Plan(document) | Event::Report(document) if self.least <= Level::Info => {
                self.text(&document.human(self.width));
            }
            Event::Plan(_) | Event::Report(_) => {}
        }
    }

    fn has_reader(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }
}

fn numbered(number: Option<StepNumber>, title: &str) -> String {
    match number {
        Some(StepNumber { number, steps }) => format!("{number}/{steps} {title}"),
        None => title.to_owned(),
    }
}

fn finished(title: &str, state: StepState, evidence: &str, seconds: f64) -> String {
    let state = match state {
        StepState::Done => String::new(),
        other => format!(" [{}]", other.label()),
    };
    let evidence = if evidence.is_empty() { String::new() } else { format!(": {evidence}") };
    let time = if seconds < 0.05 { String::new() } else { format!(" ({seconds:.1} s)") };
    format!("{title}{state}{evidence}{time}")
}

fn level_of(state: StepState) -> Level {
    match state {
        StepState::Done | StepState::AlreadyDone => Level::Ok,
        StepState::Kept => Level::Info,
        StepState::Failed => Level::Error,
        StepState::NotTried => Level::Warn,
    }
}

fn level_label(level: Level) -> String {
    let (word, color) = match level {
        Level::Detail => ("[....]", AnsiColor::BrightBlack),
        Level::Info => ("[INFO]", AnsiColor::Cyan),
        Level::Ok => ("[OK]", AnsiColor::Green),
        Level::Warn => ("[WARN]", AnsiColor::Yellow),
        Level::Error => ("[ERROR]", AnsiColor::Red),
    };
    let style = color.on_default();
    format!("{style}{word}{style:#}")
}
