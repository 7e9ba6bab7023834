#![doc = include_str!("../README.md")]

mod clean;
mod commit;
mod content_file;
mod damage;
mod database_name;
mod digest;
mod encryption;
mod entry;
mod error;
mod files;
mod key_error;
mod layout;
mod listing;
mod manifest;
mod new_backup;
mod pipeline;
mod reader;
mod records;
mod remote;
mod removal;
mod store;
mod unusable;
mod writer;

pub use damage::Damage;
pub use database_name::{DatabaseName, DatabaseNameError};
pub use digest::{Checked, Sha256};
pub use encryption::{Identities, Recipients};
pub use entry::{Backup, Entry};
pub use error::StoreError;
pub use key_error::KeyError;
pub use manifest::{
    Compression, Encryption, EncryptionMethod, Engine, FORMAT, Manifest, Origin, Pin, RemoteCopy,
    Verification, VerificationMethod,
};
pub use new_backup::NewBackup;
pub use reader::BackupReader;
pub use remote::{
    Location, RemoteEntry, RemoteError, RemoteSettings, RemoteStore, SettingsError, locations,
};
pub use store::Store;
pub use unusable::{IncompleteReason, UnreadableReason};
pub use writer::BackupWriter;
