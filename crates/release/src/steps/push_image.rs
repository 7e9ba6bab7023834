use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use image_ref::{ImageTag, ParseError};
use oci_image::Layout;
use probe::Probe;
use registry_dockerhub::{ContentProbe, PushEvent, PushObserver, PushOptions, TagProbe};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use super::build_image::{BuildImage, ImageEvidence, configured_image};
use crate::{context::ReleaseContext, step_error::ReleaseStepError};

/// Pushes an image by digest, then points its version tags to it.
pub(crate) struct PushImage {
    pub(crate) image: String,
}

/// What a registry lacks of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MissingParts {
    /// Whether manifests or blobs are missing.
    content: bool,
    tags: Vec<ImageTag>,
}

/// The built image that the journal has.
pub(super) fn built_image(
    context: &ReleaseContext<'_>,
    image: &str,
) -> Result<ImageEvidence, ReleaseStepError> {
    context.require(&BuildImage { image: image.to_owned() }, "built image")
}

/// The version tags of an image.
pub(super) fn version_tags(
    context: &ReleaseContext<'_>,
    image: &str,
) -> Result<Vec<ImageTag>, ReleaseStepError> {
    let templates = configured_image(context, image)?.tags.iter();
    templates.map(|template| parse_tag(&context.render(template)?)).collect()
}

pub(super) fn parse_tag(name: &str) -> Result<ImageTag, ReleaseStepError> {
    name.parse().map_err(|error: ParseError| ReleaseStepError::failed(error.to_string()))
}

pub(super) fn tag_list(tags: &[ImageTag]) -> String {
    tags.iter().map(ImageTag::as_str).collect::<Vec<_>>().join(", ")
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for PushImage {
    type Evidence = ImageEvidence;
    type Missing = MissingParts;

    fn id(&self) -> StepId {
        StepId::PushImage(self.image.clone())
    }

    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let repository = &configured_image(context, &self.image)?.repository;
        let built = built_image(context, &self.image)?;
        let registry = &context.clients.registry;
        let all_tags = version_tags(context, &self.image)?;
        let mut tags = Vec::new();
        for tag in &all_tags {
            match registry.tags(repository).probe(tag, &built.digest).await {
                TagProbe::Identical(_) => {}
                TagProbe::Absent => tags.push(tag.clone()),
                TagProbe::Diverged(actual) => {
                    return Ok(Probe::Diverged(ReleaseStepError::refused(
                        format!(
                            "{repository}:{tag} points to {actual}, not to the image of this \
                             release"
                        ),
                        "a version tag is never moved: release the next version",
                    )));
                }
                TagProbe::Unknown(error) => return Ok(Probe::Unknown(error.into())),
            }
        }
        let content = match registry.images(repository).probe(&built.digest).await {
            ContentProbe::Identical(()) => false,
            ContentProbe::Absent | ContentProbe::Partial(_) => true,
            // The push queries every blob itself and fails then.
            ContentProbe::Unknown(_) => true,
        };
        if content || !tags.is_empty() {
            return Ok(Probe::Partial(MissingParts { content, tags }));
        }
        Ok(Probe::Identical(Outcome::already_done(built, tag_list(&all_tags))))
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        missing: Option<MissingParts>,
        progress: &RunningStep,
    ) -> Result<Outcome<ImageEvidence>, ReleaseStepError> {
        let repository = &configured_image(context, &self.image)?.repository;
        let built = built_image(context, &self.image)?;
        let all_tags = version_tags(context, &self.image)?;
        let MissingParts { tags, .. } =
            missing.unwrap_or_else(|| MissingParts { content: true, tags: all_tags.clone() });
        let layout = Layout::open(context.folder.image(&self.image))?;
        let options = PushOptions { observer: Some(observer(progress)), ..PushOptions::default() };
        let registry = &context.clients.registry;
        registry.push(repository, options.clone()).layout(&layout, &built.digest).await?;
        for tag in &tags {
            registry.retag(repository).tag(&built.digest, tag).await?;
        }
        let detail = format!("{} as {}", built.digest.short(), tag_list(&all_tags));
        Ok(Outcome::done(built, detail))
    }
}

/// Turns a push's events into one bar.
fn observer(progress: &RunningStep) -> PushObserver {
    let (progress, state) = (progress.clone(), Mutex::new((0_u64, BTreeMap::new())));
    Arc::new(move |event| {
        let Ok(mut state) = state.lock() else { return };
        let (total, sent_by_blob) = &mut *state;
        let (digest, sent) = match event {
            PushEvent::Planned { bytes, .. } => {
                *total = bytes;
                return;
            }
            PushEvent::Sent { digest, sent, .. } => (digest, sent),
            PushEvent::BlobDone { digest, size, .. } => (digest, size),
            PushEvent::ManifestDone { .. } => return,
        };
        let before = sent_by_blob.insert(digest, sent).unwrap_or(0);
        progress.advance(sent.saturating_sub(before), Some(*total));
    })
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::{
        steps::MakeCommit,
        test_scene::{TestScene, carry_out},
    };

    fn step() -> PushImage {
        PushImage { image: "server".to_owned() }
    }

    async fn built<'a>(scene: &'a TestScene, content: &str) -> ReleaseContext<'a> {
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let digest = scene.build_layout(&context, content).parse().unwrap();
        let platforms = vec!["linux/amd64".parse().unwrap()];
        let evidence = ImageEvidence { digest, platforms };
        context.journal.done(&StepId::BuildImage("server".to_owned()), &evidence).unwrap();
        context
    }

    #[tokio::test]
    async fn an_image_is_pushed_once_and_its_tag_points_to_it() {
        let scene = TestScene::new().await;
        let context = built(&scene, "layer").await;
        let digest = built_image(&context, "server").unwrap().digest;
        carry_out(step(), &context).await.unwrap();
        let state = scene.registry.state();
        assert_eq!(state.repositories["demo/server"].tags["0.2.0"].to_string(), digest.to_string());
        let (state, _) = carry_out(step(), &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
    }

    #[tokio::test]
    async fn a_version_tag_that_points_elsewhere_is_refused() {
        let scene = TestScene::new().await;
        let context = built(&scene, "layer").await;
        carry_out(step(), &context).await.unwrap();
        let context = built(&scene, "another layer").await;
        let failure = carry_out(step(), &context).await.unwrap_err();
        assert!(failure.refused && failure.text.contains("never moved"), "{failure:?}");
    }
}
