use std::fmt;

use image_ref::ImageId;
use operation::Present;
use report::{Document, Event, Reporter};
use serde::Serialize;
use serde_json::json;

/// A command that is about to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedCommand {
    /// The service.
    pub service: String,
    /// The image, by the target's identifier.
    pub image: ImageId,
    /// The image, by the target's names.
    pub image_name: String,
    /// The name of its program.
    pub program: String,
    /// How many arguments it has.
    pub arguments: usize,
}

impl fmt::Display for PlannedCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, image_name, program, .. } = self;
        write!(f, "run `{program}` in a new container of {service}: {image_name}")
    }
}

impl Present for PlannedCommand {
    fn present(&self, reporter: &Reporter) {
        reporter.emit(&Event::Plan(Document::new(json!(self)).text(format!("{self}\n"))));
    }
}
