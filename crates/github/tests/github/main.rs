//! The client against scripted answers, and against the embedded forge.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod branches;
mod forge;
mod world;
