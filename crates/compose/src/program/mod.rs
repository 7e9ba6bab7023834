//! The installed Compose: the plugin of the docker program, run directly, or
//! `docker-compose`.

mod config_error;
mod discovery;
mod installed;

pub use installed::Program;
