#![doc = include_str!("../README.md")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bad_input;
mod canary;
mod clean_local_images;
mod crash;
mod deploy;
mod deploy_proxies;
mod example_configurations;
mod faults;
mod gates;
mod harness;
mod image_from_index;
mod package_check;
mod preflight;
mod rehearsal;
mod stop_compose;
mod up_compose;
mod verbosity;
mod verify;
mod wheels;
mod whole_release;
