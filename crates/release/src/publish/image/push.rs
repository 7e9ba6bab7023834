use std::{collections::BTreeMap, sync::Arc};

use image_ref::{Digest, ImageTag, Repository};
use registry_dockerhub::{ContentProbe, Layout, PushEvent, PushOptions, TagProbe};
use report::Step as Progress;

use super::tag_words;
use crate::publish::{
    release::Release,
    step::{Outcome, StepFailure},
};

impl Release<'_> {
    /// Pushes by digest, then points the version tags to it.
    pub(crate) async fn push_image(
        &self,
        name: &str,
        progress: &Progress,
    ) -> Result<Outcome, StepFailure> {
        let image = self.image(name)?;
        let evidence = self.image_evidence(name)?;
        let tags = self.tags_of(image)?;
        let missing = self.missing_tags(&image.repository, &evidence.digest, &tags).await?;
        let registry = &self.services.registry;
        let content = registry.probe_content(&image.repository, &evidence.digest).await;
        if missing.is_empty() && matches!(content, ContentProbe::Identical) {
            return Ok(Outcome::already(&evidence, &tag_words(&tags)));
        }
        let layout = Layout::open(self.image_folder(name))?;
        let options = PushOptions { observer: Some(observer(progress)), ..PushOptions::default() };
        registry.push_layout(&image.repository, &layout, &evidence.digest, &options).await?;
        for tag in &missing {
            registry.tag(&image.repository, &evidence.digest, tag).await?;
        }
        Ok(Outcome::done(
            &evidence,
            &format!("{} as {}", evidence.digest.short(), tag_words(&tags)),
        ))
    }

    /// Version tags that are not there yet; one that points elsewhere is refused.
    async fn missing_tags(
        &self,
        repository: &Repository,
        digest: &Digest,
        tags: &[ImageTag],
    ) -> Result<Vec<ImageTag>, StepFailure> {
        let mut missing = Vec::new();
        for tag in tags {
            match self.services.registry.probe_tag(repository, tag, digest).await {
                TagProbe::Identical(_) => {}
                TagProbe::Absent => missing.push(tag.clone()),
                TagProbe::Diverged { actual } => {
                    return Err(StepFailure::refused(
                        format!(
                            "{repository}:{tag} points to {actual}, not to the image built here"
                        ),
                        "a version tag is never moved: release the next version",
                    ));
                }
                TagProbe::Unknown(error) => return Err(error.into()),
            }
        }
        Ok(missing)
    }
}

/// Turns a push's events into bytes of one bar.
fn observer(progress: &Progress) -> registry_dockerhub::PushObserver {
    let (bar, total) = (progress.clone(), std::sync::Mutex::new((0_u64, BTreeMap::new())));
    Arc::new(move |event| {
        let Ok(mut state) = total.lock() else { return };
        let (all, sent) = &mut *state;
        let (digest, now) = match event {
            PushEvent::Planned { bytes, .. } => {
                *all = bytes;
                return;
            }
            PushEvent::Sent { digest, sent, .. } => (digest, sent),
            PushEvent::BlobDone { digest, size, .. } => (digest, size),
            PushEvent::ManifestDone { .. } => return,
        };
        let before = sent.insert(digest, now).unwrap_or(0);
        bar.advance(now.saturating_sub(before), Some(*all));
    })
}
