use std::path::Path;

use crate::{
    Git, GitError,
    program::{Invocation, REMOTE_TIMEOUT},
};

/// Runs git commands in the top folder of one work tree.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    git: Git,
    root: Box<Path>,
}

impl Runner {
    pub(crate) fn new(git: Git, root: &Path) -> Self {
        Self { git, root: root.into() }
    }

    pub(crate) fn git(&self) -> &Git {
        &self.git
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn command(&self, purpose: &str) -> Invocation {
        self.git.command_in(&self.root, purpose)
    }

    /// A command that connects to a remote. A child without a terminal hangs
    /// when `ssh` prompts, so prompts are turned off unless the user chose the
    /// `ssh` program.
    pub(crate) async fn remote_command(&self, purpose: &str) -> Result<Invocation, GitError> {
        let command = self.command(purpose).timeout(REMOTE_TIMEOUT);
        if self.has_chosen_ssh().await? {
            return Ok(command);
        }
        Ok(command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"))
    }

    async fn has_chosen_ssh(&self) -> Result<bool, GitError> {
        let by_variable =
            ["GIT_SSH_COMMAND", "GIT_SSH"].iter().any(|name| std::env::var_os(name).is_some());
        let query = self.command("read the configuration");
        let query = query.args(["config", "--get", "core.sshCommand"]).outcome().await?;
        Ok(by_variable || query.success())
    }
}
