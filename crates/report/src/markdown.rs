use std::{io::Write, sync::Mutex};

use crate::{Event, Render};

/// Only the plan and the final report, as Markdown.
pub struct Markdown {
    out: Mutex<Box<dyn Write + Send>>,
}

impl Markdown {
    /// Writes to this writer.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self { out: Mutex::new(Box::new(out)) }
    }
}

impl Render for Markdown {
    fn render(&self, event: &Event) {
        let (Event::Plan(document) | Event::Report(document)) = event else { return };
        let text = document.markdown();
        if text.is_empty() {
            return;
        }
        if let Ok(mut out) = self.out.lock() {
            // A reader that went away must not stop a release half-way.
            let _ = writeln!(out, "{text}").and_then(|()| out.flush());
        }
    }
}
