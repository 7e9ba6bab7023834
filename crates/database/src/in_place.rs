use std::fmt;

use async_trait::async_trait;

use crate::{
    archive::{ArchiveSource, Dump, Manifest},
    error::DatabaseError,
    facts::Facts,
};

/// A database whose data is replaced where it is, because its server cannot give a restored
/// one its name in a transaction. What it had must be dumped before.
#[async_trait(?Send)]
pub trait InPlaceDatabase: fmt::Debug + Send + Sync {
    /// What its server is, for records: `redis`.
    fn engine_name(&self) -> &'static str;

    /// Logs in, and looks whether the database exists.
    ///
    /// # Errors
    /// `DatabaseMissing`; those of a login and of the engine.
    async fn identify(&self) -> Result<(), DatabaseError>;

    /// What it contains now: counts every row.
    ///
    /// # Errors
    /// `DatabaseMissing`; those of a login and of the engine.
    async fn facts(&self) -> Result<Facts, DatabaseError>;

    /// Begins a dump.
    ///
    /// # Errors
    /// As [`InPlaceDatabase::facts`]; the stream has further ones.
    async fn dump(&self) -> Result<Dump, DatabaseError>;

    /// Loads an archive beside the data, compares it with the manifest, and removes it again.
    /// Returns what it contains.
    ///
    /// # Errors
    /// `ArchiveEmpty`, `NotAnArchive`, `ArchiveDamaged`, `FactsDiffer`, `Source`.
    async fn verify_by_restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError>;

    /// Replaces the data by that of an archive. Returns the name under which the server still
    /// has the old data, where it has.
    ///
    /// # Errors
    /// [`DatabaseError::HalfReplaced`] when the data may be neither the old nor the new; any
    /// other before anything is changed.
    async fn restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Option<String>, DatabaseError>;

    /// Loads an archive under another name, which nothing must have, and leaves it there.
    ///
    /// # Errors
    /// As [`InPlaceDatabase::verify_by_restore`]; `Unsupported` where a server has one database
    /// only.
    async fn restore_into(
        &self,
        name: &str,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError>;

    /// Removes what an interrupted restore or verification has left, and lets the server accept
    /// writes again.
    ///
    /// # Errors
    /// Those of the server.
    async fn leave_restore(&self) -> Result<(), DatabaseError>;

    /// The names under which the server has the data of before earlier restores.
    ///
    /// # Errors
    /// Those of the server.
    async fn kept(&self) -> Result<Vec<String>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Removes data of this name of [`InPlaceDatabase::kept`].
    ///
    /// # Errors
    /// `WrongState` for another name; those of the server.
    async fn drop_kept(&self, name: &str) -> Result<(), DatabaseError> {
        let (doing, state) = (format!("remove {name}"), "there is no such data".to_owned());
        Err(DatabaseError::WrongState { doing, state })
    }
}

/// An error after the first change.
pub(crate) fn half_replaced<T>(outcome: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
    outcome.map_err(|source| DatabaseError::HalfReplaced { source: source.into() })
}
