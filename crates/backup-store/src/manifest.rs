use std::collections::BTreeMap;

use backup_retention::{BackupId, BackupKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Checked, DatabaseName, unusable::UnreadableReason};

/// The format of stores and manifests that this version reads and writes.
pub const FORMAT: u32 = 1;

/// What is recorded of a backup, as `manifest.json` in its folder. A field that this
/// version does not have makes it unreadable: rewriting it would lose the field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The database, by its name in the store.
    pub database: DatabaseName,
    /// The backup.
    pub id: BackupId,
    /// Why it was made; also part of the identifier.
    pub kind: BackupKind,
    /// When it was started. The identifier may be a few seconds later, where others have
    /// the same second.
    pub created: Timestamp,
    /// What made the content.
    pub engine: Engine,
    /// Where the database was.
    pub origin: Origin,
    /// What was dumped: size and hash before compression.
    pub content: Checked,
    /// What is in the file: size and hash after compression and encryption.
    pub stored: Checked,
    /// How the content is compressed.
    pub compression: Compression,
    /// How it is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// What else was observed, such as the rows of each table.
    pub facts: BTreeMap<String, Value>,
    /// The deployment that it was made for.
    pub deployment: Option<String>,
    /// The image that used the database.
    pub image: Option<String>,
    /// Who made it.
    pub performer: Option<String>,
    /// The latest verification by each method.
    pub verifications: Vec<Verification>,
    /// Who needs it.
    pub pins: Vec<Pin>,
    /// Where else it is; each copy was read back and compared.
    pub copies: Vec<RemoteCopy>,
}

/// A database engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Such as `postgresql`.
    pub name: String,
    /// Its version, as the engine states it.
    pub version: String,
}

/// Where a database is. Databases of one name are kept apart by it in a folder or a bucket that
/// several projects or machines use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Origin {
    /// What the Docker Engine calls itself.
    pub docker_engine: String,
    /// The Compose project.
    pub project: String,
}

/// How content is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// RFC 8878.
    Zstd,
}

/// For whom a backup is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// How.
    pub method: EncryptionMethod,
    /// Public keys (`age1…`), each of whose secret keys reads it.
    pub recipients: Vec<String>,
}

/// How content is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncryptionMethod {
    /// <https://age-encryption.org/v1>, binary.
    Age,
}

/// How a backup was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerificationMethod {
    /// Its content was read to the end and its hashes compared.
    Read,
    /// It was restored into a scratch database, and that was compared.
    Restore,
}

/// One verification of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// How.
    pub method: VerificationMethod,
    /// When.
    pub time: Timestamp,
    /// Whether the backup is good.
    pub passed: bool,
    /// What was found; empty when there is nothing to add.
    pub detail: String,
}

/// Keeps a backup from being removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Who needs it; has one pin at most.
    pub holder: String,
    /// What for.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// A copy on remote storage that was read back and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteCopy {
    /// The address of the storage, without credentials.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// The key of the content.
    pub key: String,
    /// When it was compared.
    pub verified: Timestamp,
}

impl Manifest {
    /// Whether it was verified and nothing contradicts that: at least one verification,
    /// and the latest by each method passed.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        !self.verifications.is_empty() && self.verifications.iter().all(|record| record.passed)
    }

    /// Records a verification in the place of the last one by the same method.
    pub(crate) fn record(&mut self, verification: Verification) {
        self.verifications.retain(|record| record.method != verification.method);
        self.verifications.push(verification);
    }

    pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads a manifest that is found in the place of backup `id` of `database`.
    pub(crate) fn read(
        text: &[u8],
        database: &DatabaseName,
        id: BackupId,
    ) -> Result<Self, UnreadableReason> {
        let no_json = |source: serde_json::Error| UnreadableReason::Manifest(source.to_string());
        let stated: StatedFormat = serde_json::from_slice(text).map_err(no_json)?;
        if stated.format != FORMAT {
            return Err(UnreadableReason::Format(stated.format));
        }
        let manifest: Self = serde_json::from_slice(text).map_err(no_json)?;
        manifest.check_place(database, id)?;
        Ok(manifest)
    }

    fn check_place(&self, database: &DatabaseName, id: BackupId) -> Result<(), UnreadableReason> {
        if self.database != *database || self.id != id || self.kind != id.kind() {
            let found = format!("{} of {}", self.id, self.database);
            return Err(UnreadableReason::Foreign(found));
        }
        if self.content.bytes == 0 || self.stored.bytes == 0 {
            return Err(UnreadableReason::Empty);
        }
        Ok(())
    }
}

/// What every format has.
#[derive(Deserialize)]
struct StatedFormat {
    format: u32,
}
