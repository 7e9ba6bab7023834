//! What is kept, what goes, and why: as tables, as accidents that happened to
//! others, and as rules that hold for whatever an engine may hold.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod accidents;
mod freed;
mod generator;
mod policies;
mod properties;
mod report;

mod support;
