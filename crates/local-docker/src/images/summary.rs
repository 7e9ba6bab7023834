use std::collections::BTreeMap;

use image_ref::{ImageId, Reference};
use jiff::Timestamp;
use serde::Deserialize;

use crate::client::wire::{
    bytes_or_zero, or_default, parse_lenient, parse_references, time_from_seconds,
};

/// An image as `docker images` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSummary {
    /// The engine's identifier.
    pub id: ImageId,
    /// The image that a build on this engine created it from.
    pub parent: Option<ImageId>,
    /// References with a tag; none for a dangling or an intermediate image.
    pub tags: Vec<Reference>,
    /// References by the digest that a registry served.
    pub digests: Vec<Reference>,
    /// When it was built, according to its builder: some always write 1970.
    pub created: Option<Timestamp>,
    /// Bytes, counted as this store counts them.
    pub size: u64,
    /// Labels of its config.
    pub labels: BTreeMap<String, String>,
}

/// An entry of `GET /images/json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ImageListEntry {
    id: Option<String>,
    parent_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_digests: Vec<String>,
    created: Option<i64>,
    #[serde(default, deserialize_with = "bytes_or_zero")]
    size: u64,
    #[serde(default, deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

impl ImageListEntry {
    /// `None` when the ID cannot be read.
    pub(super) fn into_summary(self) -> Option<ImageSummary> {
        Some(ImageSummary {
            id: parse_lenient(self.id)?,
            parent: parse_lenient(self.parent_id),
            tags: parse_references(self.repo_tags),
            digests: parse_references(self.repo_digests),
            created: self.created.and_then(time_from_seconds),
            size: self.size,
            labels: self.labels,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "sha256:986e03826cbbc648788b801d6a93e77c4c09b5228137fc7e6cf63e9bcc19186a";

    fn image(members: &str) -> Option<ImageSummary> {
        let recorded = format!(r#"{{"Id":"{ID}",{members}}}"#);
        serde_json::from_str::<ImageListEntry>(&recorded).unwrap().into_summary()
    }

    #[test]
    fn api_1_41_writes_none_for_a_dangling_image() {
        let image = image(
            r#""Containers":-1,"Created":1767225600,"Labels":null,"ParentId":"","RepoDigests":["<none>@<none>"],
            "RepoTags":["<none>:<none>"],"SharedSize":-1,"Size":3964512,"VirtualSize":3964512"#,
        );
        let expected = ImageSummary {
            id: ID.parse().unwrap(),
            parent: None,
            tags: vec![],
            digests: vec![],
            created: "2026-01-01T00:00:00Z".parse().ok(),
            size: 3_964_512,
            labels: BTreeMap::new(),
        };
        assert_eq!(image, Some(expected));
    }

    #[test]
    fn later_versions_write_empty_lists_or_null_or_nothing() {
        for lists in [r#""RepoDigests":[],"RepoTags":[]"#, r#""RepoTags":null"#, r#""Size":1"#] {
            let image = image(lists).unwrap();
            assert_eq!((image.tags, image.digests), (vec![], vec![]), "{lists}");
        }
    }

    #[test]
    fn a_reference_that_cannot_be_read_does_not_hide_the_others() {
        let image = image(
            r#""ParentId":"sha256:62896ff6a398cbbf033f8b354bb845d14566b80b7e9cae0207f83a4a8d712c6a",
            "RepoTags":["a/b:1","A:B:C"],"Created":0,"Descriptor":{"size":1},"Manifests":[]"#,
        );
        let image = image.unwrap();
        assert_eq!(image.tags, ["a/b:1".parse().unwrap()]);
        assert!(image.parent.is_some() && image.created == Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn an_image_whose_id_cannot_be_read_is_left_out() {
        let entry: ImageListEntry =
            serde_json::from_str(r#"{"Id":"sha512:00","Created":-62135596800}"#).unwrap();
        assert_eq!(entry.into_summary(), None);
    }
}
