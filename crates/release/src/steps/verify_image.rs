use async_trait::async_trait;
use probe::Probe;
use registry_dockerhub::TagProbe;
use release_plan::StepId;
use report::RunningStep;
use step_runner::{Outcome, RecordedStep, Step, StepProbe, Undo};

use super::{
    build_image::{ImageEvidence, configured_image},
    push_image::{built_image, version_tags},
};
use crate::{
    context::ReleaseContext,
    image_check::{EngineBefore, remove_pulled_image, run_published_image},
    step_error::ReleaseStepError,
};

/// Verifies what users get: every tag, every platform, every byte; and runs it.
pub(crate) struct VerifyImage {
    pub(crate) image: String,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for VerifyImage {
    type Evidence = ImageEvidence;
    /// An image that an earlier attempt pulled is not one that the engine had before.
    type Missing = EngineBefore;

    fn id(&self) -> StepId {
        StepId::VerifyImage(self.image.clone())
    }

    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let recorded = self.first_attempt(context)?;
        let before = match recorded {
            Some(before) => Some(before),
            None => {
                let image = configured_image(context, &self.image)?;
                let built = built_image(context, &self.image)?;
                EngineBefore::observe(context.project, context.clients, image, &built.digest)
                    .await?
            }
        };
        Ok(before.map_or(Probe::Absent, Probe::Partial))
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        before: Option<EngineBefore>,
        progress: &RunningStep,
    ) -> Result<Outcome<ImageEvidence>, ReleaseStepError> {
        let image = configured_image(context, &self.image)?;
        let built = built_image(context, &self.image)?;
        self.verify_tags(context, &built).await?;
        let registry = context.clients.anonymous_client(context.project, &image.repository);
        let mut bytes: u64 = 0;
        for platform in &built.platforms {
            progress.line(&format!("pull {platform}"));
            let pulled = registry.verify_pull(&image.repository, &built.digest, platform).await?;
            bytes = bytes.saturating_add(pulled.bytes);
        }
        let published = (&built.digest, built.platforms.as_slice());
        let versions = context.spellings();
        let printed = run_published_image(
            context.project,
            context.clients,
            image,
            published,
            &versions,
            before,
        )
        .await?;
        let ran = printed.map(|line| format!("; runs: {line}")).unwrap_or_default();
        let detail = format!("{}; {bytes} bytes pulled{ran}", built.summary());
        Ok(Outcome::done(built, detail))
    }

    async fn undo(
        &self,
        context: &ReleaseContext<'a>,
        recorded: RecordedStep<ImageEvidence, EngineBefore>,
    ) -> Result<Undo, ReleaseStepError> {
        let first = recorded.attempts.into_iter().flatten().next();
        if recorded.evidence.is_some() || first.is_none_or(|before| before.had_image) {
            return Ok(Undo::default());
        }
        let image = configured_image(context, &self.image)?;
        let built = built_image(context, &self.image)?;
        let removed = remove_pulled_image(context.clients, image, &built.digest).await?;
        let line = || Undo::reverted(format!("removed the pulled image {}", self.image));
        Ok(if removed { line() } else { Undo::default() })
    }
}

impl VerifyImage {
    fn first_attempt(
        &self,
        context: &ReleaseContext<'_>,
    ) -> Result<Option<EngineBefore>, ReleaseStepError> {
        let id = Step::<ReleaseContext<'_>>::id(self);
        Ok(context.journal.attempts(&id)?.into_iter().flatten().next())
    }

    async fn verify_tags(
        &self,
        context: &ReleaseContext<'_>,
        built: &ImageEvidence,
    ) -> Result<(), ReleaseStepError> {
        let repository = &configured_image(context, &self.image)?.repository;
        let registry = context.clients.anonymous_client(context.project, repository);
        for tag in version_tags(context, &self.image)? {
            let problem = match registry.tags(repository).probe(&tag, &built.digest).await {
                TagProbe::Identical(_) => continue,
                TagProbe::Unknown(error) => return Err(error.into()),
                TagProbe::Absent => format!("{repository}:{tag} does not exist"),
                TagProbe::Diverged(actual) => {
                    format!("{repository}:{tag} is {actual}, not the pushed {}", built.digest)
                }
            };
            return Err(ReleaseStepError::failed(problem));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        steps::{MakeCommit, PushImage},
        test_scene::{TestScene, carry_out},
    };

    #[tokio::test]
    async fn every_byte_of_a_pushed_image_is_pulled_without_credentials() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        let digest = scene.build_layout(&context, "layer").parse().unwrap();
        let evidence = ImageEvidence { digest, platforms: vec!["linux/amd64".parse().unwrap()] };
        context.journal.done(&StepId::BuildImage("server".to_owned()), &evidence).unwrap();
        let step = || VerifyImage { image: "server".to_owned() };
        let missing = carry_out(step(), &context).await.unwrap_err();
        assert!(missing.text.contains("demo/server:0.2.0 does not exist"), "{}", missing.text);
        carry_out(PushImage { image: "server".to_owned() }, &context).await.unwrap();
        let (_, detail) = carry_out(step(), &context).await.unwrap();
        assert!(detail.contains("bytes pulled"), "{detail}");
    }
}
