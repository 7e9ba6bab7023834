//! Which digests registries serve under references, looked up without pulling.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use image_ref::{Digest, ImageTag, ParseError, Reference};
use operation::error_chain;
use registry_dockerhub::{ManifestName, RegistryClient, RegistryError};

/// Concurrent requests to registries.
const MAX_REQUESTS: usize = 16;

/// The tag of a reference without tag and digest.
const DEFAULT_TAG: &str = "latest";

/// Why the digest of a reference is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedReference {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: Option<String>,
}

/// Looks up the digest of every reference, concurrently. A digest that a reference
/// contains is looked up as well: the registry may no longer have it.
pub async fn served_digests(
    registry: &RegistryClient,
    references: BTreeSet<Reference>,
) -> BTreeMap<Reference, Result<Digest, UnresolvedReference>> {
    let lookups = stream::iter(references).map(|reference| async move {
        let digest = served_digest(registry, &reference).await;
        (reference, digest)
    });
    lookups.buffer_unordered(MAX_REQUESTS).collect().await
}

async fn served_digest(
    registry: &RegistryClient,
    reference: &Reference,
) -> Result<Digest, UnresolvedReference> {
    let name = manifest_name(reference)
        .map_err(|error| UnresolvedReference { problem: error.to_string(), advice: None })?;
    match registry.manifests(reference.repository()).head(&name).await {
        Ok(Some(head)) => Ok(head.digest),
        Ok(None) => Err(UnresolvedReference {
            problem: "the registry has no such image".to_owned(),
            advice: Some("check the name and the tag, or log in to see a private one".to_owned()),
        }),
        Err(error) => Err(error.into()),
    }
}

fn manifest_name(reference: &Reference) -> Result<ManifestName, ParseError> {
    if let Some(digest) = reference.digest() {
        return Ok(ManifestName::from(digest));
    }
    let tag = match reference.tag() {
        Some(tag) => tag.clone(),
        None => DEFAULT_TAG.parse::<ImageTag>()?,
    };
    Ok(ManifestName::Tag(tag))
}

impl From<RegistryError> for UnresolvedReference {
    fn from(error: RegistryError) -> Self {
        Self { problem: error_chain(&error), advice: error.hint() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(reference: &str) -> String {
        manifest_name(&reference.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_digest_wins_over_a_tag_and_a_tag_over_latest() {
        let digest = Digest::of(b"x");
        assert_eq!(name_of("demo/web"), "latest");
        assert_eq!(name_of("demo/web:2"), "2");
        assert_eq!(name_of(&format!("demo/web:2@{digest}")), digest.to_string());
    }
}
