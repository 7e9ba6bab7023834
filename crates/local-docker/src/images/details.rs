use std::collections::BTreeMap;

use image_ref::{Digest, ImageId, Platform, Reference};
use jiff::Timestamp;
use serde::Deserialize;

use super::ImageName;
use crate::{
    Engine, EngineError,
    engine::{
        about_all,
        lenient::{bytes, moment, or_default, present, references, unreadable, word},
    },
};

/// An image as its inspection tells it. Its environment is never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageDetails {
    /// The engine's identifier.
    pub id: ImageId,
    /// The image that a build on this engine made it from.
    pub parent: Option<ImageId>,
    /// References with a tag; none for a dangling or an intermediate image.
    pub tags: Vec<Reference>,
    /// References by the digest that a registry served.
    pub digests: Vec<Reference>,
    /// Names that this workspace cannot read, such as `REG/app:1`: an image that
    /// has one is somebody's, whatever else it lacks.
    pub unreadable_names: Vec<String>,
    /// Digests of its uncompressed layers (`diff_ids`), the bottom one first.
    pub layers: Vec<Digest>,
    /// When it was built, by its own account: some builders always state 1970.
    pub created: Option<Timestamp>,
    /// When this engine last gave it a tag by build, tag or pull; a graph-driver
    /// store does not know it of an image that was loaded.
    pub last_tagged: Option<Timestamp>,
    /// Bytes, counted as this store counts them.
    pub size: u64,
    /// Labels of its config.
    pub labels: BTreeMap<String, String>,
    /// What it runs on.
    pub platform: Option<Platform>,
}

impl Engine {
    /// What the engine knows of the image of this ID or this name; `None` when
    /// there is none.
    ///
    /// # Errors
    /// `Unreadable` when a layer is not named by a digest, or when the engine
    /// does not answer.
    pub async fn image_details(
        &self,
        name: impl Into<ImageName>,
    ) -> Result<Option<ImageDetails>, EngineError> {
        let name = name.into();
        let (path, doing) = (format!("/images/{name}/json"), format!("inspect image {name}"));
        let answer: Option<Answer> = self.find(&path, &doing).await?;
        Ok(answer.map(ImageDetails::from))
    }

    /// The details of many images in their order, asked for a few at a time.
    /// Those that are gone are left out.
    ///
    /// # Errors
    /// Those of [`Engine::image_details`].
    pub async fn details_of_images(
        &self,
        ids: impl IntoIterator<Item = &ImageId>,
    ) -> Result<Vec<ImageDetails>, EngineError> {
        let ids = ids.into_iter().cloned().collect();
        about_all(ids, |id| async move { self.image_details(&id).await }).await
    }
}

/// `GET /images/{id}/json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    id: ImageId,
    parent: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    repo_digests: Vec<String>,
    #[serde(rename = "RootFS", default, deserialize_with = "or_default")]
    root_fs: RootFs,
    created: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Metadata,
    #[serde(default, deserialize_with = "or_default")]
    size: i64,
    #[serde(default, deserialize_with = "or_default")]
    config: Config,
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

/// A layer left out would make the others look smaller, so these are strict.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RootFs {
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
struct Config {
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

impl From<Answer> for ImageDetails {
    fn from(answer: Answer) -> Self {
        let names = answer.repo_tags.iter().chain(&answer.repo_digests);
        Self {
            id: answer.id,
            parent: word(answer.parent),
            unreadable_names: unreadable(names),
            tags: references(answer.repo_tags),
            digests: references(answer.repo_digests),
            layers: answer.root_fs.layers,
            created: moment(answer.created),
            last_tagged: moment(answer.metadata.last_tag_time),
            size: bytes(answer.size),
            labels: answer.config.labels,
            platform: platform(answer.os, answer.architecture, answer.variant),
        }
    }
}

fn platform(
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
) -> Option<Platform> {
    let (os, architecture) = (present(os)?, present(architecture)?);
    Some(Platform { variant: present(variant), ..Platform::new(&os, &architecture) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "sha256:986e03826cbbc648788b801d6a93e77c4c09b5228137fc7e6cf63e9bcc19186a";

    fn details(members: &str) -> ImageDetails {
        let recorded = format!(r#"{{"Id":"{ID}",{members}}}"#);
        ImageDetails::from(serde_json::from_str::<Answer>(&recorded).unwrap())
    }

    #[test]
    fn a_loaded_image_of_api_1_41_was_never_tagged() {
        let details = details(&format!(
            r#""RepoTags":["a:1"],"RepoDigests":[],"Parent":"","Created":"2026-01-01T00:00:00Z","Container":"",
            "Config":{{"Env":["PASSWORD=x"],"Labels":{{"k":"0"}}}},"Architecture":"arm","Variant":"v7","Os":"linux",
            "Size":798720,"VirtualSize":798720,"GraphDriver":{{"Name":"overlay2","Data":null}},
            "RootFS":{{"Type":"layers","Layers":["{ID}"]}},"Metadata":{{"LastTagTime":"0001-01-01T00:00:00Z"}}"#
        ));
        assert_eq!((details.last_tagged, details.parent.clone()), (None, None));
        assert_eq!(details.layers, [ID.parse().unwrap()]);
        assert_eq!(details.platform, "linux/arm/v7".parse().ok());
        assert_eq!(details.labels["k"], "0");
        assert!(!format!("{details:?}").contains("PASSWORD"), "environment is never read");
    }

    #[test]
    fn a_build_without_layers_and_times_has_none() {
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
        assert!(serde_json::from_str::<Answer>(&recorded).is_err());
    }
}
