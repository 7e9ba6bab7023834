//! Copies of backups on S3-compatible storage.

mod bucket;
mod entry;
mod error;
mod http;
mod settings;
mod store;
mod upload;

pub use entry::{Location, RemoteEntry, locations};
pub use error::RemoteError;
pub use settings::{RemoteSettings, SettingsError};
pub use store::RemoteStore;
