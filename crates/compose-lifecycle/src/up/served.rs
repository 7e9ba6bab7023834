//! What registries serve under references, asked without pulling.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use image_ref::{Digest, ImageTag, ParseError, Reference};
use registry_dockerhub::{ManifestName, RegistryClient, RegistryError};

use operation::error_chain;

/// Registries that are asked at once.
const AT_ONCE: usize = 16;

/// The tag of a reference that states none.
const DEFAULT_TAG: &str = "latest";

/// Why nothing is known of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unresolved {
    pub(super) problem: String,
    pub(super) advice: Option<String>,
}

/// Asks for the digest of every reference, all at the same time. A digest that
/// a reference states itself is only looked up.
pub(super) async fn resolve(
    registry: &RegistryClient,
    references: BTreeSet<Reference>,
) -> BTreeMap<Reference, Result<Digest, Unresolved>> {
    let asked = stream::iter(references).map(|reference| async move {
        let served = ask(registry, &reference).await;
        (reference, served)
    });
    asked.buffer_unordered(AT_ONCE).collect().await
}

async fn ask(registry: &RegistryClient, reference: &Reference) -> Result<Digest, Unresolved> {
    let name = manifest_name(reference).map_err(|error| Unresolved::of(error.to_string()))?;
    match registry.head(reference.repository(), &name).await {
        Ok(Some(head)) => Ok(head.digest),
        Ok(None) => Err(Unresolved {
            advice: Some("check the name and the tag, or log in to see a private one".to_owned()),
            ..Unresolved::of("the registry has no such image".to_owned())
        }),
        Err(error) => Err(error.into()),
    }
}

fn manifest_name(reference: &Reference) -> Result<ManifestName, ParseError> {
    if let Some(digest) = reference.digest() {
        return Ok(ManifestName::from(digest));
    }
    let latest = || DEFAULT_TAG.parse::<ImageTag>();
    let tag = reference.tag().cloned().map_or_else(latest, Ok)?;
    Ok(ManifestName::Tag(tag))
}

impl Unresolved {
    fn of(problem: String) -> Self {
        Self { problem, advice: None }
    }
}

impl From<RegistryError> for Unresolved {
    fn from(error: RegistryError) -> Self {
        Self { problem: error_chain(&error), advice: error.hint() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_wins_over_a_tag_and_a_tag_over_latest() {
        let name = |text: &str| manifest_name(&text.parse().unwrap()).unwrap().to_string();
        let digest = Digest::of(b"x");
        assert_eq!(name("demo/web"), "latest");
        assert_eq!(name("demo/web:2"), "2");
        assert_eq!(name(&format!("demo/web:2@{digest}")), digest.to_string());
    }
}
