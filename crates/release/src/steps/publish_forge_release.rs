use async_trait::async_trait;
use github::MakeLatest;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step};

use super::draft_forge_release::DraftForgeRelease;
use crate::{context::ReleaseContext, observe::release_tags, step_error::ReleaseStepError};

/// Publishes the draft. The newest final version becomes "latest".
pub(crate) struct PublishForgeRelease;

/// Evidence of the published release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ForgeReleaseEvidence {
    id: u64,
    url: String,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for PublishForgeRelease {
    type Evidence = ForgeReleaseEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::PublishForgeRelease
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        _: &RunningStep,
    ) -> Result<Outcome<ForgeReleaseEvidence>, ReleaseStepError> {
        let draft = context.require(&DraftForgeRelease, "draft of the forge release")?;
        let latest = if is_newest(context).await? { MakeLatest::Yes } else { MakeLatest::No };
        let release = context.clients.github()?.releases().publish(draft.id, latest).await?;
        let evidence = ForgeReleaseEvidence { id: release.id, url: release.url.clone() };
        Ok(Outcome::done(evidence, release.url))
    }
}

async fn is_newest(context: &ReleaseContext<'_>) -> Result<bool, ReleaseStepError> {
    let tagged = release_tags(context.project).await?.versions();
    let newest = tagged.into_iter().filter(|version| !version.is_prerelease()).max();
    Ok(!context.version.is_prerelease() && newest.is_none_or(|newest| newest <= context.version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_scene::{TestScene, carry_out};

    #[tokio::test]
    async fn the_newest_final_version_is_the_latest() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        assert!(is_newest(&context).await.unwrap());
        scene.git(&["tag", "v0.3.0-rc.1"]);
        assert!(is_newest(&context).await.unwrap(), "a candidate does not count");
        scene.git(&["tag", "v0.3.0"]);
        assert!(!is_newest(&context).await.unwrap());
    }

    #[tokio::test]
    async fn without_a_recorded_draft_nothing_is_published() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        let failure = carry_out(PublishForgeRelease, &context).await.unwrap_err();
        assert_eq!(failure.text, "the journal has no draft of the forge release");
    }
}
