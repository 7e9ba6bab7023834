#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod crash;
mod harness;
mod whole_release;
