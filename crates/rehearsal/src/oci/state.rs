//! The content of a registry as plain values, for comparisons in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::blobs::BlobStore;
use super::digest::Digest;
use super::manifest::Manifest;
use super::store::{RegistryStore, Repository};

/// The content of a registry, without times and counters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryState {
    /// The repositories by name.
    pub repositories: BTreeMap<String, RepositoryState>,
}

/// The content of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryState {
    /// The digest to which each tag points.
    pub tags: BTreeMap<String, Digest>,
    /// The manifests by digest, tagged or not.
    pub manifests: BTreeMap<Digest, ManifestState>,
    /// The sizes in bytes of the blobs that the repository may use.
    pub blobs: BTreeMap<Digest, u64>,
}

/// The properties of one manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestState {
    /// The content type with which it was pushed.
    pub content_type: String,
    /// The size in bytes.
    pub size: u64,
    /// The manifest to which it refers as its subject.
    pub subject: Option<Digest>,
}

impl RegistryState {
    /// The digest to which `tag` of `repository` points.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<&Digest> {
        self.repositories.get(repository)?.tags.get(tag)
    }

    /// The tags of `repository` in order; empty if the repository does not exist.
    pub fn tags(&self, repository: &str) -> Vec<&str> {
        self.repositories
            .get(repository)
            .into_iter()
            .flat_map(|repository| repository.tags.keys())
            .map(String::as_str)
            .collect()
    }
}

impl From<&RegistryStore> for RegistryState {
    fn from(store: &RegistryStore) -> Self {
        let repositories = store.repositories.iter().map(|(name, repository)| {
            (name.clone(), RepositoryState::with_blob_sizes(repository, &store.blobs))
        });
        Self { repositories: repositories.collect() }
    }
}

impl RepositoryState {
    fn with_blob_sizes(repository: &Repository, blobs: &BlobStore) -> Self {
        let tags = repository.tags().iter();
        let manifests = repository.manifests().values();
        let digests = repository.blobs.iter();
        Self {
            tags: tags.map(|(tag, record)| (tag.clone(), record.digest.clone())).collect(),
            manifests: manifests
                .map(|manifest| (manifest.digest.clone(), manifest.as_ref().into()))
                .collect(),
            blobs: digests.map(|digest| (digest.clone(), blobs.length_of(digest))).collect(),
        }
    }
}

impl From<&Manifest> for ManifestState {
    fn from(manifest: &Manifest) -> Self {
        Self {
            content_type: manifest.content_type.clone(),
            size: manifest.bytes.len() as u64,
            subject: manifest.document.subject_digest().cloned(),
        }
    }
}
