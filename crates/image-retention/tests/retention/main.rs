//! Plans and their reasons: tables, accidents of other tools, and rules that hold for
//! every engine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod accidents;
mod freed;
mod generator;
mod policies;
mod properties;
mod report;

mod support;
