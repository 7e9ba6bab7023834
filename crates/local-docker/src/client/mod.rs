//! The connection to one engine: requests, and how their responses are read.

mod connection;
mod failure;
mod request;
pub(crate) mod wire;

pub(crate) use connection::Connection;
pub(crate) use request::{fetch_all, label_filter, path_segment};
