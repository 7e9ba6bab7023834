use std::collections::{BTreeMap, BTreeSet};

use futures_util::future;
use image_ref::{Digest, ImageTag, Repository};

use super::{RetagPlan, TagMove};
use crate::{
    RegistryError,
    auth::Access,
    client::{ManifestName, RegistryClient},
    concurrency::try_all,
    content::{Manifest, ManifestHead},
};

impl RegistryClient {
    /// Looks at source and targets, and works out which tags have to move.
    /// Reads only. Each old manifest is fetched once, whatever number of tags
    /// point to it: fetching counts as a pull on Docker Hub.
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
        let targets: Vec<ImageTag> = distinct(targets);
        let (source, heads) = future::try_join(
            self.get_with(&access, &source),
            self.tag_digests_with(&access, &targets),
        )
        .await?;
        source.view()?;
        let old = self.old_manifests(&access, &source, &heads).await?;
        Ok(assemble(repository, source, &targets, &heads, &old))
    }

    async fn old_manifests(
        &self,
        access: &Access,
        source: &Manifest,
        heads: &Heads,
    ) -> Result<BTreeMap<Digest, Manifest>, RegistryError> {
        let digests: BTreeSet<&Digest> =
            heads.values().flatten().map(|head| &head.digest).collect();
        let others = digests.into_iter().filter(|digest| *digest != source.digest());
        let fetched = others.map(|digest| async move {
            let manifest = self.get_with(access, &digest.into()).await?;
            Ok::<_, RegistryError>((digest.clone(), manifest))
        });
        let fetched = try_all(self.limits().requests, fetched.collect()).await?;
        Ok(fetched.into_iter().collect())
    }
}

type Heads = BTreeMap<ImageTag, Option<ManifestHead>>;

fn distinct(targets: &[ImageTag]) -> Vec<ImageTag> {
    let mut seen = BTreeSet::new();
    targets.iter().filter(|tag| seen.insert(*tag)).cloned().collect()
}

fn assemble(
    repository: &Repository,
    source: Manifest,
    targets: &[ImageTag],
    heads: &Heads,
    old: &BTreeMap<Digest, Manifest>,
) -> RetagPlan {
    let digest_of = |tag: &ImageTag| Some(&heads.get(tag)?.as_ref()?.digest);
    let (unchanged, moving): (Vec<&ImageTag>, Vec<&ImageTag>) =
        targets.iter().partition(|tag| digest_of(tag) == Some(source.digest()));
    let movement = |tag: &ImageTag| TagMove {
        tag: tag.clone(),
        old: digest_of(tag).and_then(|digest| old.get(digest)).cloned(),
    };
    RetagPlan {
        repository: repository.clone(),
        moves: moving.into_iter().map(movement).collect(),
        unchanged: unchanged.into_iter().cloned().collect(),
        source,
    }
}
