//! The content of a registry: repositories with their tags and manifests, and blobs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use super::blobs::BlobStore;
use super::digest::Digest;
use super::manifest::Manifest;
use super::reference::Reference;

/// The content of one registry.
#[derive(Debug)]
pub(super) struct RegistryStore {
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) blobs: BlobStore,
}

/// The target of a tag, and when it was last used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TagRecord {
    pub(super) digest: Digest,
    pub(super) pushed: SystemTime,
    pub(super) pulled: Option<SystemTime>,
}

/// Tags, manifests and blobs of one repository.
#[derive(Debug, Clone, Default)]
pub(super) struct Repository {
    tags: BTreeMap<String, TagRecord>,
    manifests: BTreeMap<Digest, Arc<Manifest>>,
    pub(super) blobs: BTreeSet<Digest>,
    pub(super) pulls: u64,
    ever_tagged: bool,
    last_change: ReplacedEntries,
}

/// The entries that the last change replaced or removed.
#[derive(Debug, Clone, Default)]
struct ReplacedEntries {
    tags: Vec<(String, Option<TagRecord>)>,
    manifests: Vec<(Digest, Option<Arc<Manifest>>)>,
}

impl RegistryStore {
    pub(super) fn new(blobs: BlobStore) -> Self {
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

    /// A repository to write to; it is created with its first content.
    pub(super) fn repository_mut(&mut self, name: &str) -> &mut Repository {
        self.repositories.entry(name.to_owned()).or_default()
    }
}

impl Repository {
    pub(super) fn tags(&self) -> &BTreeMap<String, TagRecord> {
        &self.tags
    }

    pub(super) fn manifests(&self) -> &BTreeMap<Digest, Arc<Manifest>> {
        &self.manifests
    }

    pub(super) fn find_manifest(&self, reference: &Reference) -> Option<Arc<Manifest>> {
        let digest = match reference {
            Reference::Digest(digest) => digest,
            Reference::Tag(tag) => &self.tags.get(tag)?.digest,
            Reference::MalformedDigest(_) | Reference::Invalid => return None,
        };
        self.manifests.get(digest).cloned()
    }

    /// Whether the repository ever had a tag, even if that tag was removed.
    pub(super) fn was_ever_tagged(&self) -> bool {
        self.ever_tagged
    }

    pub(super) fn put_manifest(&mut self, manifest: Manifest, tag: Option<&str>) {
        let digest = manifest.digest.clone();
        let mut replaced = ReplacedEntries::default();
        let previous = self.manifests.insert(digest.clone(), Arc::new(manifest));
        replaced.manifests.push((digest.clone(), previous));
        if let Some(tag) = tag {
            let record = TagRecord { digest, pushed: SystemTime::now(), pulled: None };
            let previous = self.tags.insert(tag.to_owned(), record);
            replaced.tags.push((tag.to_owned(), previous));
            self.ever_tagged = true;
        }
        self.last_change = replaced;
    }

    /// Removes a tag and nothing else; returns whether it existed.
    pub(super) fn remove_tag(&mut self, tag: &str) -> bool {
        let Some(record) = self.tags.remove(tag) else {
            return false;
        };
        self.last_change =
            ReplacedEntries { tags: vec![(tag.to_owned(), Some(record))], manifests: Vec::new() };
        true
    }

    /// Removes a manifest with all its tags; returns whether it existed.
    pub(super) fn remove_manifest(&mut self, digest: &Digest) -> bool {
        let Some(manifest) = self.manifests.remove(digest) else {
            return false;
        };
        let tags = self
            .tags
            .extract_if(.., |_, record| record.digest == *digest)
            .map(|(tag, record)| (tag, Some(record)))
            .collect();
        self.last_change =
            ReplacedEntries { tags, manifests: vec![(digest.clone(), Some(manifest))] };
        true
    }

    /// Counts a pull, and records its time if it was by tag.
    pub(super) fn record_pull(&mut self, tag: Option<&str>) {
        self.pulls += 1;
        if let Some(record) = tag.and_then(|tag| self.tags.get_mut(tag)) {
            record.pulled = Some(SystemTime::now());
        }
    }

    /// Whether a tag or an index refers to a manifest.
    pub(super) fn is_referenced(&self, digest: &Digest) -> bool {
        self.tags.values().any(|record| record.digest == *digest)
            || self
                .manifests
                .values()
                .any(|index| index.document.children().any(|child| child == digest))
    }

    fn before_last_change(&self) -> Self {
        let mut older = self.clone();
        for (tag, record) in &self.last_change.tags {
            restore_entry(&mut older.tags, tag, record.as_ref());
        }
        for (digest, manifest) in &self.last_change.manifests {
            restore_entry(&mut older.manifests, digest, manifest.as_ref());
        }
        older
    }
}

fn restore_entry<K: Ord + Clone, V: Clone>(
    map: &mut BTreeMap<K, V>,
    key: &K,
    previous: Option<&V>,
) {
    match previous {
        Some(value) => map.insert(key.clone(), value.clone()),
        None => map.remove(key),
    };
}

#[cfg(test)]
mod tests {
    use super::super::manifest::ManifestDocument;
    use super::*;

    fn manifest(content: &'static str) -> Manifest {
        Manifest {
            digest: Digest::sha256(content.as_bytes()),
            content_type: "text/plain".to_owned(),
            bytes: content.into(),
            kind: None,
            document: ManifestDocument::default(),
        }
    }

    fn tag_targets(repository: &Repository) -> Vec<(&str, Digest)> {
        repository.tags.iter().map(|(tag, record)| (tag.as_str(), record.digest.clone())).collect()
    }

    #[test]
    fn removing_a_manifest_removes_all_its_tags() {
        let mut repository = Repository::default();
        repository.put_manifest(manifest("one"), Some("a"));
        repository.put_manifest(manifest("one"), Some("b"));
        repository.put_manifest(manifest("two"), Some("c"));
        assert!(repository.remove_manifest(&Digest::sha256(b"one")));
        assert_eq!(tag_targets(&repository), [("c", Digest::sha256(b"two"))]);
        assert!(!repository.remove_manifest(&Digest::sha256(b"one")));
        assert_eq!(repository.before_last_change().tags.len(), 3);
    }

    #[test]
    fn removing_a_tag_keeps_the_manifest_and_its_other_tags() {
        let mut repository = Repository::default();
        repository.put_manifest(manifest("one"), Some("a"));
        repository.put_manifest(manifest("one"), Some("b"));
        assert!(repository.remove_tag("a"));
        assert!(!repository.remove_tag("a"));
        assert_eq!(tag_targets(&repository), [("b", Digest::sha256(b"one"))]);
        assert_eq!(repository.manifests.len(), 1);
    }

    #[test]
    fn remembers_the_previous_target_of_a_moved_tag() {
        let mut repository = Repository::default();
        repository.put_manifest(manifest("one"), Some("a"));
        repository.put_manifest(manifest("two"), Some("a"));
        let older = repository.before_last_change();
        assert_eq!(tag_targets(&older), [("a", Digest::sha256(b"one"))]);
        assert!(!older.manifests.contains_key(&Digest::sha256(b"two")));
    }
}
