use std::collections::BTreeMap;

use super::{create_placeholder, remove_placeholder};
use crate::{client::Connection, containers::Containers, error::EngineError};

/// Locks that every client of an engine sees: an engine gives a container's name to
/// one container only. See [`Engine::locks`](crate::Engine::locks).
#[derive(Debug, Clone, Copy)]
pub struct NamedLocks<'a> {
    connection: &'a Connection,
}

impl<'a> NamedLocks<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Takes a lock, whose holder is described by labels; whether it is held now.
    /// Somebody else's lock is left as it is.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn take(
        self,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<bool, EngineError> {
        match create_placeholder(self.connection, name, labels, None).await {
            Ok(()) => Ok(true),
            Err(EngineError::Refused { status: Some(409), .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The labels of a lock; `None` when nobody holds it.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn holder(self, name: &str) -> Result<Option<BTreeMap<String, String>>, EngineError> {
        let containers = Containers::new(self.connection).list(None).await?;
        let lock = containers.into_iter().find(|container| container.name == name);
        Ok(lock.map(|container| container.labels))
    }

    /// Releases a lock, whoever holds it; whether somebody did.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn release(self, name: &str) -> Result<bool, EngineError> {
        remove_placeholder(self.connection, name).await
    }
}
