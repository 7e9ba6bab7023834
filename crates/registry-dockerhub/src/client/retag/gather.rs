use std::collections::{BTreeMap, BTreeSet};

use futures_util::future;
use image_ref::{Digest, ImageTag, Repository};
use oci_image::Manifest;

use super::{RetagPlan, TagMove, plan::Freshness};
use crate::{
    RegistryError,
    auth::Access,
    client::{ManifestName, RegistryClient},
    concurrency::try_all,
};

/// What each target points to.
type OldManifests = BTreeMap<ImageTag, Option<Manifest>>;

impl RegistryClient {
    /// Looks at source and targets, and works out which tags have to move.
    /// Reads only.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when there is no such source.
    pub async fn plan_retag(
        &self,
        repository: &Repository,
        source: impl Into<ManifestName>,
        targets: &[ImageTag],
    ) -> Result<RetagPlan, RegistryError> {
        // The token of the writes to come serves the reads too.
        let access = Access::push(repository);
        let source = source.into();
        let targets = distinct(targets);
        let (source, old) = future::try_join(
            self.get_with(&access, &source),
            self.old_manifests(&access, &targets),
        )
        .await?;
        source.view()?;
        Ok(assemble(repository, source, &targets, &old))
    }

    /// One round trip for all targets; on Docker Hub two, because fetching
    /// counts as a pull there: each manifest is then fetched once, whatever
    /// number of tags point to it.
    async fn old_manifests(
        &self,
        access: &Access,
        targets: &[ImageTag],
    ) -> Result<OldManifests, RegistryError> {
        if access.repository.registry().is_docker_hub() {
            return self.old_manifests_with_few_pulls(access, targets).await;
        }
        let fetched = targets.iter().map(|tag| async move {
            match self.get_with(access, &tag.into()).await {
                Ok(manifest) => Ok((tag.clone(), Some(manifest))),
                Err(error) if error.is_not_found() => Ok((tag.clone(), None)),
                Err(error) => Err(error),
            }
        });
        let fetched = try_all(self.limits().requests, fetched.collect()).await?;
        Ok(fetched.into_iter().collect())
    }

    async fn old_manifests_with_few_pulls(
        &self,
        access: &Access,
        targets: &[ImageTag],
    ) -> Result<OldManifests, RegistryError> {
        let heads = self.tag_digests_with(access, targets).await?;
        let digests: BTreeSet<&Digest> =
            heads.values().flatten().map(|head| &head.digest).collect();
        let fetched = digests.into_iter().map(|digest| async move {
            let manifest = self.get_with(access, &digest.into()).await?;
            Ok::<_, RegistryError>((digest.clone(), manifest))
        });
        let fetched = try_all(self.limits().requests, fetched.collect()).await?;
        let manifests: BTreeMap<Digest, Manifest> = fetched.into_iter().collect();
        let old = heads.into_iter().map(|(tag, head)| {
            let manifest = head.and_then(|head| manifests.get(&head.digest));
            (tag, manifest.cloned())
        });
        Ok(old.collect())
    }
}

fn distinct(targets: &[ImageTag]) -> Vec<ImageTag> {
    let mut seen = BTreeSet::new();
    targets.iter().filter(|tag| seen.insert(*tag)).cloned().collect()
}

fn assemble(
    repository: &Repository,
    source: Manifest,
    targets: &[ImageTag],
    old: &OldManifests,
) -> RetagPlan {
    let old_of = |tag: &ImageTag| old.get(tag).cloned().flatten();
    let is_there = |tag: &ImageTag| old_of(tag).is_some_and(|old| old.digest() == source.digest());
    let (unchanged, moving): (Vec<&ImageTag>, Vec<&ImageTag>) =
        targets.iter().partition(|tag| is_there(tag));
    let movement = |tag: &ImageTag| TagMove { tag: tag.clone(), old: old_of(tag) };
    RetagPlan {
        repository: repository.clone(),
        moves: moving.into_iter().map(movement).collect(),
        unchanged: unchanged.into_iter().cloned().collect(),
        source,
        freshness: Freshness::now(),
    }
}
