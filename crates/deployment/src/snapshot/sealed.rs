use std::fmt;

use age::{DecryptError, x25519::Identity};
use image_ref::Digest;
use serde::{Deserialize, Serialize};

use super::key::{KeyError, SnapshotKeys};
use crate::target::InstanceConfiguration;

/// What a service was configured with, as it is kept: only the key opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedSnapshot {
    /// A digest of the configuration, which tells it from others without the key.
    pub(crate) digest: Digest,
    /// The public part of the key, by which people find the right one: `age1…`.
    recipient: String,
    /// Who kept it.
    performer: String,
    /// The configuration as an armored age file.
    sealed: String,
}

impl fmt::Debug for SealedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedSnapshot for {}", self.recipient)
    }
}

/// Why a snapshot cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// A key that is configured, or the machine's own, cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// None of the keys of this machine is the right one.
    #[error(
        "no key on this machine opens its snapshot, which {performer} made for {recipient}; name \
         the file with that key in `deploy.snapshot-key-file` or TIDEGATE_SNAPSHOT_KEY"
    )]
    NoKey {
        /// The public part of the key.
        recipient: String,
        /// Who made the snapshot.
        performer: String,
    },
    /// It was made, and something has changed it.
    #[error("its snapshot is damaged: {0}")]
    Damaged(String),
    /// It cannot be encrypted.
    #[error("its snapshot cannot be encrypted: {0}")]
    NotSealed(String),
}

impl SealedSnapshot {
    /// Encrypts a configuration for a key.
    ///
    /// # Errors
    /// [`SnapshotError::NotSealed`].
    pub(crate) fn seal(
        configuration: &InstanceConfiguration,
        key: &Identity,
        performer: &str,
    ) -> Result<Self, SnapshotError> {
        let unsealed = |error: &dyn fmt::Display| SnapshotError::NotSealed(error.to_string());
        let text = serde_json::to_vec(configuration).map_err(|error| unsealed(&error))?;
        let recipient = key.to_public();
        let sealed = age::encrypt_and_armor(&recipient, &text).map_err(|error| unsealed(&error))?;
        let (recipient, performer) = (recipient.to_string(), performer.to_owned());
        Ok(Self { digest: configuration.digest(), recipient, performer, sealed })
    }

    /// Opens it with any of the keys.
    ///
    /// # Errors
    /// [`SnapshotError::NoKey`], [`SnapshotError::Damaged`], or [`SnapshotError::Key`] when
    /// the right key may be in a file that cannot be read.
    pub(crate) fn open(&self, keys: &SnapshotKeys) -> Result<InstanceConfiguration, SnapshotError> {
        let (identities, problem) = keys.opening();
        for identity in identities {
            match age::decrypt(&identity, self.sealed.as_bytes()) {
                Ok(text) => return self.parse(&text),
                Err(DecryptError::NoMatchingKeys) => {}
                Err(error) => return Err(SnapshotError::Damaged(error.to_string())),
            }
        }
        let (recipient, performer) = (self.recipient.clone(), self.performer.clone());
        Err(problem.map_or(SnapshotError::NoKey { recipient, performer }, SnapshotError::Key))
    }

    /// An error names the place of the mistake only: the text has secrets.
    fn parse(&self, text: &[u8]) -> Result<InstanceConfiguration, SnapshotError> {
        let configuration: InstanceConfiguration =
            serde_json::from_slice(text).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                SnapshotError::Damaged(format!("it is no snapshot at {line}:{column}"))
            })?;
        match configuration.digest() == self.digest {
            true => Ok(configuration),
            false => Err(SnapshotError::Damaged("it is another one's".to_owned())),
        }
    }
}
