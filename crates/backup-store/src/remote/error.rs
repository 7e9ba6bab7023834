use backup_retention::BackupId;

use crate::{Damage, DatabaseName};

/// Why remote storage did not do what it was asked for. No text has a credential.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The credentials are refused, or do not permit this.
    #[error(
        "{endpoint} refuses the credentials for bucket {bucket} ({reason}); check \
         S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_REGION and what they permit"
    )]
    Refused {
        /// The storage.
        endpoint: String,
        /// The bucket.
        bucket: String,
        /// What the storage answered.
        reason: String,
    },
    /// There is no such bucket.
    #[error("{endpoint} has no bucket {bucket}; create it, or correct S3_BUCKET")]
    NoBucket {
        /// The storage.
        endpoint: String,
        /// The bucket.
        bucket: String,
    },
    /// No answer.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// The storage.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// The storage failed in another way.
    #[error("{endpoint} failed to {action} {key}: {reason}")]
    Failed {
        /// The storage.
        endpoint: String,
        /// What was tried.
        action: &'static str,
        /// On what.
        key: String,
        /// What the storage answered.
        reason: String,
    },
    /// There is no such copy.
    #[error("bucket {bucket} has no backup {id} of {database}")]
    NotFound {
        /// The bucket.
        bucket: String,
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
    },
    /// A copy that lacks a part: an upload that was interrupted.
    #[error(
        "the copy of backup {id} of {database} in bucket {bucket} is incomplete: {reason}; upload \
         it again"
    )]
    Incomplete {
        /// The bucket.
        bucket: String,
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
        /// What is missing.
        reason: String,
    },
    /// Another backup is under the same name, and is not overwritten.
    #[error(
        "bucket {bucket} has another backup {id} of {database}, which is not overwritten; find out \
         which machine uploaded it, and use another S3_PREFIX"
    )]
    Differs {
        /// The bucket.
        bucket: String,
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
    },
    /// What was read back is not what was uploaded, or not what the manifest has.
    #[error("the copy of backup {id} of {database} in bucket {bucket} is damaged: {damage}")]
    Damaged {
        /// The bucket.
        bucket: String,
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
        /// What differs.
        damage: Damage,
    },
    /// Its manifest cannot be read.
    #[error("the copy of backup {id} of {database} in bucket {bucket} is unreadable: {reason}")]
    Unreadable {
        /// The bucket.
        bucket: String,
        /// The database.
        database: DatabaseName,
        /// The backup.
        id: BackupId,
        /// Why.
        reason: String,
    },
}
