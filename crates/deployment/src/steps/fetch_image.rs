use async_trait::async_trait;
use image_ref::ImageId;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{
    context::DeploymentContext,
    plan::{ServiceChange, StepId},
    step_error::DeploymentStepError,
};

/// Brings the image to the target while the old version serves. It stays there when
/// the deployment is undone: it serves nobody, and the next attempt needs it.
pub(super) struct FetchImage(pub(super) ServiceChange);

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for FetchImage {
    type Evidence = ImageId;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Fetch(self.0.service.clone())
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<ImageId>, DeploymentStepError> {
        let had = match &self.0.image.id {
            Some(id) => context.target.has_image(id).await?.then(|| id.clone()),
            None => None,
        };
        if let Some(id) = had {
            let detail = format!("image {} is there already", id.short());
            return Ok(Outcome::already_done(id, detail));
        }
        let id = context.target.fetch(&self.0, progress).await?;
        let detail = format!("image {}", id.short());
        Ok(Outcome::done(id, detail))
    }
}
