//! Everything that a registry knows: repositories with their tags and manifests, and blobs.

mod blobs;
mod repository;
mod snapshot;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) use blobs::Blobs;
pub(super) use repository::{Manifest, Repository, TagRecord};
pub use snapshot::{ManifestState, RegistryState, RepositoryState};

/// The content of one registry.
#[derive(Debug)]
pub(super) struct State {
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) blobs: Blobs,
}

impl State {
    pub(super) fn new(blobs: Blobs) -> Self {
        Self { repositories: BTreeMap::new(), blobs }
    }

    /// A repository as it is, or as it was before its last change.
    pub(super) fn view(&self, name: &str, stale: bool) -> Option<Cow<'_, Repository>> {
        let repository = self.repositories.get(name)?;
        if stale {
            Some(Cow::Owned(repository.before_last_change()))
        } else {
            Some(Cow::Borrowed(repository))
        }
    }

    /// A repository to write to; it comes into being with its first content.
    pub(super) fn repository(&mut self, name: &str) -> &mut Repository {
        self.repositories.entry(name.to_owned()).or_default()
    }
}
