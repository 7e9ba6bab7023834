#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod crash;
mod faults;
mod harness;
mod verify;
mod whole_release;
