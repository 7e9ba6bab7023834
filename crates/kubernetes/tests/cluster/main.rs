//! Against an API server that the tests serve themselves; `kubectl` is shown
//! the same server, so that it stays honest.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod connections;
mod credentials;
mod failures;
mod fake;
mod images;
mod kubeconfigs;
mod kubectl;
mod proxies;
mod support;
