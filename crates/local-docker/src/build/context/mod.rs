//! The files that are sent to the classic builder.

mod ignore;
mod pattern;
mod send;
mod walk;

pub(super) use send::{Context, Replacement};
