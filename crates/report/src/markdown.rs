use std::{
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{Event, Render, output::prefixed_line};

/// Only the plan, the output that was asked for, and the final report, as Markdown.
pub struct Markdown {
    out: Mutex<Box<dyn Write + Send>>,
    is_closed: AtomicBool,
}

impl Markdown {
    /// Writes to this writer.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self { out: Mutex::new(Box::new(out)), is_closed: AtomicBool::new(false) }
    }
}

impl Render for Markdown {
    fn render(&self, event: &Event) {
        let text = match event {
            Event::Plan(document) | Event::Report(document) => document.markdown(),
            // A line of a code block.
            Event::Output { container, line, .. } => {
                format!("    {}", prefixed_line(container.as_deref(), line))
            }
            _ => return,
        };
        if text.is_empty() {
            return;
        }
        if let Ok(mut out) = self.out.lock() {
            // A reader that went away must not stop a release half-way.
            if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
                self.is_closed.store(true, Ordering::Relaxed);
            }
        }
    }

    fn has_reader(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }
}
