use std::collections::BTreeMap;

use image_ref::{Digest, ImageId, Platform, Reference};
use jiff::Timestamp;
use serde::Deserialize;

use crate::client::wire::{
    bytes_or_zero, or_default, parse_lenient, parse_references, parse_time, platform_of,
    unreadable_names, variable_names,
};

/// An image as `docker image inspect` describes it. The values of its environment are
/// never kept: they may be secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageDetails {
    /// The engine's identifier.
    pub id: ImageId,
    /// The image that a build on this engine created it from.
    pub parent: Option<ImageId>,
    /// References with a tag; none for a dangling or an intermediate image.
    pub tags: Vec<Reference>,
    /// References by the digest that a registry served.
    pub digests: Vec<Reference>,
    /// Names that are not valid references, such as `REG/app:1`: an image that has
    /// one is in use, even without a tag.
    pub unreadable_names: Vec<String>,
    /// Digests of its uncompressed layers (`diff_ids`), from the bottom up.
    pub layers: Vec<Digest>,
    /// When it was built, according to its builder: some always write 1970.
    pub created: Option<Timestamp>,
    /// When this engine last gave it a tag by build, tag or pull; unknown for an
    /// image that was loaded into a graph-driver store.
    pub last_tagged: Option<Timestamp>,
    /// Bytes, counted as this store counts them.
    pub size: u64,
    /// Labels of its config.
    pub labels: BTreeMap<String, String>,
    /// The names of its environment variables, in order.
    pub variable_names: Vec<String>,
    /// The platform it runs on.
    pub platform: Option<Platform>,
}

/// `GET /images/{id}/json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ImageInspectResponse {
    id: ImageId,
    parent: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_digests: Vec<String>,
    #[serde(rename = "RootFS", default, deserialize_with = "or_default")]
    root_fs: ImageRootFs,
    created: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Metadata,
    #[serde(default, deserialize_with = "bytes_or_zero")]
    size: u64,
    #[serde(default, deserialize_with = "or_default")]
    config: ImageConfig,
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

/// Leaving a layer out would make the image look smaller, so these are strict.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImageRootFs {
    #[serde(deserialize_with = "or_default")]
    layers: Vec<Digest>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Metadata {
    last_tag_time: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImageConfig {
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "variable_names")]
    env: Vec<String>,
}

impl From<ImageInspectResponse> for ImageDetails {
    fn from(response: ImageInspectResponse) -> Self {
        let names = response.repo_tags.iter().chain(&response.repo_digests);
        Self {
            id: response.id,
            parent: parse_lenient(response.parent),
            unreadable_names: unreadable_names(names),
            tags: parse_references(response.repo_tags),
            digests: parse_references(response.repo_digests),
            layers: response.root_fs.layers,
            created: parse_time(response.created),
            last_tagged: parse_time(response.metadata.last_tag_time),
            size: response.size,
            labels: response.config.labels,
            variable_names: response.config.env,
            platform: platform_of(response.os, response.architecture, response.variant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "sha256:986e03826cbbc648788b801d6a93e77c4c09b5228137fc7e6cf63e9bcc19186a";

    fn details(members: &str) -> ImageDetails {
        let recorded = format!(r#"{{"Id":"{ID}",{members}}}"#);
        ImageDetails::from(serde_json::from_str::<ImageInspectResponse>(&recorded).unwrap())
    }

    #[test]
    fn a_loaded_image_of_api_1_41_was_never_tagged() {
        let details = details(&format!(
            r#""RepoTags":["a:1"],"RepoDigests":[],"Parent":"","Created":"2026-01-01T00:00:00Z","Container":"",
            "Config":{{"Env":["PASSWORD=hush","PATH=/bin"],"Labels":{{"k":"0"}}}},"Architecture":"arm","Variant":"v7","Os":"linux",
            "Size":798720,"VirtualSize":798720,"GraphDriver":{{"Name":"overlay2","Data":null}},
            "RootFS":{{"Type":"layers","Layers":["{ID}"]}},"Metadata":{{"LastTagTime":"0001-01-01T00:00:00Z"}}"#
        ));
        assert_eq!((details.last_tagged, details.parent.clone()), (None, None));
        assert_eq!(details.layers, [ID.parse().unwrap()]);
        assert_eq!(details.platform, "linux/arm/v7".parse().ok());
        assert_eq!(details.labels["k"], "0");
        assert_eq!(details.variable_names, ["PASSWORD", "PATH"]);
        assert!(!format!("{details:?}").contains("hush"), "values are never kept");
    }

    #[test]
    fn missing_and_null_members_are_equal() {
        let null = details(
            r#""RepoTags":null,"Created":"","Config":null,"RootFS":{"Type":"layers","Layers":null},"Metadata":null"#,
        );
        let missing = details(r#""Size":0"#);
        assert_eq!(null, missing);
        assert_eq!((null.layers, null.created, null.platform), (vec![], None, None));
    }

    #[test]
    fn the_containerd_store_repeats_a_digest_for_each_tag() {
        let digest = format!("a@{ID}");
        let details = details(&format!(
            r#""RepoTags":["a:1","a:2"],"RepoDigests":["{digest}","{digest}"],"Descriptor":{{}},
            "Metadata":{{"LastTagTime":"2026-08-01T10:00:00.123456789+02:00"}}"#
        ));
        assert_eq!((details.tags.len(), details.digests.len()), (2, 1));
        assert_eq!(details.last_tagged, "2026-08-01T08:00:00.123456789Z".parse().ok());
    }

    #[test]
    fn a_layer_that_cannot_be_read_is_an_error() {
        let recorded = format!(r#"{{"Id":"{ID}","RootFS":{{"Layers":["sha512:00"]}}}}"#);
        assert!(serde_json::from_str::<ImageInspectResponse>(&recorded).is_err());
    }
}
