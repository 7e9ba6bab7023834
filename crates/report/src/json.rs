use std::{
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;

use crate::{Event, Render};

/// Version of the event format; raised when a field changes its meaning or goes.
const FORMAT: u32 = 1;

/// One JSON object per line.
pub struct Json {
    out: Mutex<Box<dyn Write + Send>>,
    is_closed: AtomicBool,
}

impl Json {
    /// Writes to this writer.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self { out: Mutex::new(Box::new(out)), is_closed: AtomicBool::new(false) }
    }
}

impl Render for Json {
    fn render(&self, event: &Event) {
        let Ok(mut value) = serde_json::to_value(event) else { return };
        if let (Value::Object(fields), Ok(mut out)) = (&mut value, self.out.lock()) {
            fields.insert("v".to_owned(), FORMAT.into());
            // A reader that went away must not stop a release half-way.
            if writeln!(out, "{value}").and_then(|()| out.flush()).is_err() {
                self.is_closed.store(true, Ordering::Relaxed);
            }
        }
    }

    fn has_reader(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }
}
