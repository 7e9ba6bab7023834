//! The state of a registry as plain values, for comparisons in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::digest::Digest;
use super::{Repository, State};

/// What a registry holds, without times and counters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryState {
    /// The repositories by name.
    pub repositories: BTreeMap<String, RepositoryState>,
}

/// What one repository holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryState {
    /// The digest that each tag points to.
    pub tags: BTreeMap<String, Digest>,
    /// The manifests by digest, tagged or not.
    pub manifests: BTreeMap<Digest, ManifestState>,
    /// The sizes in bytes of the blobs that the repository may use.
    pub blobs: BTreeMap<Digest, u64>,
}

/// What is known of one manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestState {
    /// The content type with which it was pushed.
    pub content_type: String,
    /// The size in bytes.
    pub size: u64,
    /// The manifest that it refers to as its subject.
    pub subject: Option<Digest>,
}

impl RegistryState {
    /// Where `tag` of `repository` points.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<&Digest> {
        self.repositories.get(repository)?.tags.get(tag)
    }

    /// The tags of `repository` in order; none when it does not exist.
    pub fn tags(&self, repository: &str) -> Vec<&str> {
        self.repositories
            .get(repository)
            .into_iter()
            .flat_map(|repository| repository.tags.keys())
            .map(String::as_str)
            .collect()
    }
}

impl State {
    pub(in super::super) fn snapshot(&self) -> RegistryState {
        let named = |(name, repository): (&String, &Repository)| {
            (name.clone(), self.repository_snapshot(repository))
        };
        RegistryState { repositories: self.repositories.iter().map(named).collect() }
    }

    fn repository_snapshot(&self, repository: &Repository) -> RepositoryState {
        let tags = repository.tags().iter();
        let manifests = repository.manifests().values();
        let blobs = repository.blobs.iter();
        RepositoryState {
            tags: tags.map(|(tag, record)| (tag.clone(), record.digest.clone())).collect(),
            manifests: manifests
                .map(|manifest| (manifest.digest.clone(), manifest.to_state()))
                .collect(),
            blobs: blobs.map(|digest| (digest.clone(), self.blobs.length(digest))).collect(),
        }
    }
}

impl super::Manifest {
    fn to_state(&self) -> ManifestState {
        let subject = self.document.subject.as_ref();
        ManifestState {
            content_type: self.content_type.clone(),
            size: self.bytes.len() as u64,
            subject: subject.map(|descriptor| descriptor.digest.clone()),
        }
    }
}
