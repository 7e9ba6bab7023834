#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bad_input;
mod canary;
mod clean_local_images;
mod crash;
mod faults;
mod harness;
mod image_from_index;
mod rehearsal;
mod stop_compose;
mod up_compose;
mod verbosity;
mod verify;
mod whole_release;
