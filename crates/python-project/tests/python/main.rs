//! Real builds and installations in temporary folders.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod building;
mod installing;
mod project;
mod served;
