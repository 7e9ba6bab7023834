//! Builds, exports, pulls and runs on the machine's Docker Engine and on a second
//! one with the containerd store. Images are pulled from registries on loopback
//! only; everything that is created has unique names and labels and is removed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

mod build_with_buildx;
mod build_with_classic_builder;
mod connect;
mod containerd_store;
mod failing_builds;
mod images;
mod pull;
mod run_check;
