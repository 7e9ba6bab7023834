//! Connections to one cluster.

mod api_server;
mod authorization;
mod credential_plugin;
mod credentials;
mod failure;
mod pem_source;
mod proxy;
mod proxy_connector;
mod server;
mod session;
mod tls;

pub(crate) use api_server::{ApiResponse, ApiServer};
