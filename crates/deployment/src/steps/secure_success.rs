use async_trait::async_trait;
use report::RunningStep;
use step_runner::{Outcome, Step};

use crate::{context::DeploymentContext, plan::StepId, step_error::DeploymentStepError};

/// Backs up the databases of a deployment that is good. Its failure undoes nothing.
pub(super) struct SecureSuccess;

#[async_trait(?Send)]
impl<'a> Step<DeploymentContext<'a>> for SecureSuccess {
    /// The name of the backup.
    type Evidence = String;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::SecureSuccess
    }

    async fn apply(
        &self,
        context: &DeploymentContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<String>, DeploymentStepError> {
        let backup = context.data_gate()?.secure_success(progress).await?;
        let detail = format!("{backup}, verified");
        Ok(Outcome::done(backup, detail))
    }
}
