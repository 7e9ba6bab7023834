//! Keeps data safe while the application changes.

use async_trait::async_trait;
use configuration::DataCommands;
use report::RunningStep;

use crate::{
    project_command::{BACKUP_VARIABLE, ProjectCommands},
    step_error::DeploymentStepError,
};

/// What secures data before it is migrated.
#[async_trait(?Send)]
pub(crate) trait DataGate {
    /// Makes a backup; its name.
    async fn secure(
        &self,
        commands: &ProjectCommands,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError>;

    /// Fails if that backup cannot be restored.
    async fn verify(
        &self,
        commands: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<(), DeploymentStepError>;

    /// Brings that backup back; what to know about it.
    async fn restore(
        &self,
        commands: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError>;

    /// Brings back a backup that was made while nothing wrote, as nothing does now. May be called
    /// again after an interruption at any point, and then finishes what is missing.
    async fn bring_back(
        &self,
        commands: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError>;

    /// Ends what a restore has left that was interrupted.
    async fn leave_restore(&self) -> Result<(), DeploymentStepError>;

    /// A rollback needs the backups of this deployment no longer.
    fn release(&self, deployment: &str) -> Result<(), DeploymentStepError>;

    /// Makes a backup of what a good deployment has left; its name.
    async fn secure_success(&self, progress: &RunningStep) -> Result<String, DeploymentStepError>;
}

/// The project's own commands.
#[async_trait(?Send)]
impl DataGate for DataCommands {
    async fn secure(
        &self,
        commands: &ProjectCommands,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        let output = commands.run(&self.secure, self.timeout.duration(), progress).await?;
        let text = output.stdout_text();
        let name = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
        name.map(str::to_owned).ok_or_else(|| {
            let command = self.secure.line();
            DeploymentStepError::Unfit(format!("`{command}` printed no name of a backup"))
        })
    }

    async fn verify(
        &self,
        commands: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<(), DeploymentStepError> {
        let Some(verify) = &self.verify else { return Ok(()) };
        let commands = commands.clone().with(BACKUP_VARIABLE, backup);
        commands.run(verify, self.timeout.duration(), progress).await?;
        Ok(())
    }

    async fn restore(
        &self,
        commands: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        let Some(restore) = &self.restore else {
            let problem = "`deploy.data.restore` has no command that brings a backup back";
            return Err(DeploymentStepError::Unfit(problem.to_owned()));
        };
        let commands = commands.clone().with(BACKUP_VARIABLE, backup);
        commands.run(restore, self.timeout.duration(), progress).await?;
        Ok(format!("{backup} is back"))
    }

    /// The project's command is documented to be run again after an interruption.
    async fn bring_back(
        &self,
        commands: &ProjectCommands,
        backup: &str,
        progress: &RunningStep,
    ) -> Result<String, DeploymentStepError> {
        self.restore(commands, backup, progress).await
    }

    /// The project's command knows what it does.
    async fn leave_restore(&self) -> Result<(), DeploymentStepError> {
        Ok(())
    }

    /// The project keeps its backups as it likes.
    fn release(&self, _: &str) -> Result<(), DeploymentStepError> {
        Ok(())
    }

    /// Only databases that are declared are backed up after a deployment.
    async fn secure_success(&self, _: &RunningStep) -> Result<String, DeploymentStepError> {
        Err(DeploymentStepError::NotRecorded("the databases".to_owned()))
    }
}
