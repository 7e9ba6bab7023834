//! Real git in temporary folders, with a separate configuration.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod private_checkout;
mod pushing;
mod reading;
mod release_tree;
mod tagging;
mod world;
