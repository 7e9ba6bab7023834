//! Against the machine's Docker Engine, and against a second one with the
//! containerd store. Nothing is pulled but from registries on loopback;
//! everything made has names and labels of its own and is removed.

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
