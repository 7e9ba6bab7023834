//! The state that the endpoints of a registry share.

use std::io;
use std::sync::{Mutex, MutexGuard};

use super::access::Gate;
use super::blob_content::BlobContent;
use super::blobs::{BlobStore, UploadSessions};
use super::digest::Digest;
use super::hub::HubSettings;
use super::limits::RateLimits;
use super::options::RegistryOptions;
use super::profile::Profile;
use super::store::RegistryStore;
use crate::sync::lock;

/// The options and the content of one registry.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) options: RegistryOptions,
    pub(super) uploads: UploadSessions,
    /// Checks credentials; `None` when the registry has no access control.
    pub(super) gate: Option<Gate>,
    pub(super) limits: RateLimits,
    /// When both are locked, `store` is locked first.
    hub_settings: Mutex<HubSettings>,
    store: Mutex<RegistryStore>,
}

impl Backend {
    pub(super) fn new(options: RegistryOptions) -> io::Result<Self> {
        let mut hub_settings = HubSettings::new();
        for tags in &options.immutable_tags {
            let settings = hub_settings.entry(tags.repository.clone()).or_default();
            settings.add_immutability_rule(tags.rule.clone());
        }
        Ok(Self {
            hub_settings: Mutex::new(hub_settings),
            store: Mutex::new(RegistryStore::new(BlobStore::new(options.folder.as_deref())?)),
            uploads: UploadSessions::default(),
            gate: options.access.clone().map(Gate::new),
            limits: RateLimits::new(options.api_limit, options.pull_limit),
            options,
        })
    }

    pub(super) fn store(&self) -> MutexGuard<'_, RegistryStore> {
        lock(&self.store)
    }

    pub(super) fn hub_settings(&self) -> MutexGuard<'_, HubSettings> {
        lock(&self.hub_settings)
    }

    pub(super) fn profile(&self) -> Profile {
        self.options.profile
    }

    /// Whether a tag can be neither moved nor deleted.
    pub(super) fn is_immutable(&self, repository: &str, tag: &str) -> bool {
        self.hub_settings().get(repository).is_some_and(|settings| settings.is_immutable(tag))
    }

    /// The content of a blob, if the repository may use it.
    pub(super) fn blob_content(&self, repository: &str, digest: &Digest) -> Option<BlobContent> {
        let store = self.store();
        if !store.repositories.get(repository)?.blobs.contains(digest) {
            return None;
        }
        store.blobs.get(digest).cloned()
    }
}
