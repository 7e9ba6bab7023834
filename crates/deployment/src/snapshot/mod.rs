//! What services are configured with, kept beside the records of deployments, so that a
//! rollback can bring it back. Values are kept encrypted only.

mod difference;
mod file;
mod keeping;
mod key;
mod restoring;
mod sealed;

pub(crate) use file::{Moment, forgotten_files};
pub(crate) use keeping::{forget_configuration, keep_configuration};
pub(crate) use key::SnapshotKeys;
pub(crate) use restoring::{Restoring, ThenConfigured, open_restored, restoring_of};
