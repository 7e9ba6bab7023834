//! One repository, and how it was a moment ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::super::digest::Digest;
use super::super::document::Document;
use super::super::media::Kind;

/// A manifest exactly as it came.
#[derive(Debug)]
pub(in super::super) struct Manifest {
    pub(in super::super) digest: Digest,
    pub(in super::super) content_type: String,
    pub(in super::super) bytes: Bytes,
    /// `None` for types that the registry does not know.
    pub(in super::super) kind: Option<Kind>,
    pub(in super::super) document: Document,
}

/// Where a tag points, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct TagRecord {
    pub(in super::super) digest: Digest,
    pub(in super::super) pushed: SystemTime,
    pub(in super::super) pulled: Option<SystemTime>,
}

/// Tags, manifests and blobs of one repository.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Repository {
    tags: BTreeMap<String, TagRecord>,
    manifests: BTreeMap<Digest, Arc<Manifest>>,
    pub(in super::super) blobs: BTreeSet<Digest>,
    pub(in super::super) pulls: u64,
    ever_tagged: bool,
    last_change: Change,
}

/// What the last change replaced.
#[derive(Debug, Clone, Default)]
struct Change {
    tags: Vec<(String, Option<TagRecord>)>,
    manifests: Vec<(Digest, Option<Arc<Manifest>>)>,
}

impl Repository {
    pub(in super::super) fn tags(&self) -> &BTreeMap<String, TagRecord> {
        &self.tags
    }

    pub(in super::super) fn manifests(&self) -> &BTreeMap<Digest, Arc<Manifest>> {
        &self.manifests
    }

    /// Whether a tag was ever set here, even if it is gone again.
    pub(in super::super) fn was_ever_tagged(&self) -> bool {
        self.ever_tagged
    }

    pub(in super::super) fn put(&mut self, manifest: Manifest, tag: Option<&str>) {
        let digest = manifest.digest.clone();
        let mut change = Change::default();
        let old = self.manifests.insert(digest.clone(), Arc::new(manifest));
        change.manifests.push((digest.clone(), old));
        if let Some(tag) = tag {
            let record = TagRecord { digest, pushed: SystemTime::now(), pulled: None };
            let old = self.tags.insert(tag.to_owned(), record);
            change.tags.push((tag.to_owned(), old));
            self.ever_tagged = true;
        }
        self.last_change = change;
    }

    /// Removes a tag and nothing else; says whether it was there.
    pub(in super::super) fn untag(&mut self, tag: &str) -> bool {
        let Some(old) = self.tags.remove(tag) else {
            return false;
        };
        self.last_change =
            Change { tags: vec![(tag.to_owned(), Some(old))], manifests: Vec::new() };
        true
    }

    /// Removes a manifest with all its tags; says whether it was there.
    pub(in super::super) fn delete(&mut self, digest: &Digest) -> bool {
        let Some(old) = self.manifests.remove(digest) else {
            return false;
        };
        let tags = self
            .tags
            .extract_if(.., |_, record| record.digest == *digest)
            .map(|(tag, record)| (tag, Some(record)))
            .collect();
        self.last_change = Change { tags, manifests: vec![(digest.clone(), Some(old))] };
        true
    }

    /// Notes when a tag was last pulled.
    pub(in super::super) fn pulled(&mut self, tag: Option<&str>) {
        self.pulls += 1;
        if let Some(record) = tag.and_then(|tag| self.tags.get_mut(tag)) {
            record.pulled = Some(SystemTime::now());
        }
    }

    /// Whether a tag or an index refers to a manifest.
    pub(in super::super) fn refers_to(&self, digest: &Digest) -> bool {
        let tagged = self.tags.values().any(|record| record.digest == *digest);
        let is_child = |index: &Arc<Manifest>| index.document.children().any(|it| it == digest);
        tagged || self.manifests.values().any(is_child)
    }

    pub(in super::super) fn before_last_change(&self) -> Self {
        let mut older = self.clone();
        for (tag, record) in &self.last_change.tags {
            put_back(&mut older.tags, tag, record.as_ref());
        }
        for (digest, manifest) in &self.last_change.manifests {
            put_back(&mut older.manifests, digest, manifest.as_ref());
        }
        older
    }
}

fn put_back<K: Ord + Clone, V: Clone>(map: &mut BTreeMap<K, V>, key: &K, old: Option<&V>) {
    match old {
        Some(value) => map.insert(key.clone(), value.clone()),
        None => map.remove(key),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(content: &'static str) -> Manifest {
        Manifest {
            digest: Digest::of(content.as_bytes()),
            content_type: "text/plain".to_owned(),
            bytes: content.into(),
            kind: None,
            document: Document::default(),
        }
    }

    fn tags(repository: &Repository) -> Vec<(&str, Digest)> {
        repository.tags.iter().map(|(tag, record)| (tag.as_str(), record.digest.clone())).collect()
    }

    #[test]
    fn deleting_a_manifest_drops_all_its_tags() {
        let mut repository = Repository::default();
        repository.put(manifest("one"), Some("a"));
        repository.put(manifest("one"), Some("b"));
        repository.put(manifest("two"), Some("c"));
        assert!(repository.delete(&Digest::of(b"one")));
        assert_eq!(tags(&repository), [("c", Digest::of(b"two"))]);
        assert!(!repository.delete(&Digest::of(b"one")));
        assert_eq!(repository.before_last_change().tags.len(), 3);
    }

    #[test]
    fn untagging_keeps_the_manifest_and_its_other_tags() {
        let mut repository = Repository::default();
        repository.put(manifest("one"), Some("a"));
        repository.put(manifest("one"), Some("b"));
        assert!(repository.untag("a"));
        assert!(!repository.untag("a"));
        assert_eq!(tags(&repository), [("b", Digest::of(b"one"))]);
        assert_eq!(repository.manifests.len(), 1);
    }

    #[test]
    fn remembers_where_a_moved_tag_pointed() {
        let mut repository = Repository::default();
        repository.put(manifest("one"), Some("a"));
        repository.put(manifest("two"), Some("a"));
        let older = repository.before_last_change();
        assert_eq!(tags(&older), [("a", Digest::of(b"one"))]);
        assert!(!older.manifests.contains_key(&Digest::of(b"two")));
    }
}
