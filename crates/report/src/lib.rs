#![doc = include_str!("../README.md")]

mod bytes;
mod document;
mod event;
mod human;
mod json;
mod markdown;
mod output;
mod reporter;
mod table;

pub use bytes::bytes;
pub use document::Document;
pub use event::{Event, Level, OutputStream, StepNumber, StepState};
pub use human::Human;
pub use json::Json;
pub use markdown::Markdown;
pub use reporter::{Render, Reporter, RunningStep};
pub use table::Table;
