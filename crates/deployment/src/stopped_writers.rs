//! Whether anything may have written to the data since the application was stopped.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    plan::Instance,
    step_error::DeploymentStepError,
    target::{Target, Writer},
};

/// Everything that may write, once it is stopped: when each was started last, by its identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoppedWriters(BTreeMap<String, Option<Timestamp>>);

impl StoppedWriters {
    pub(crate) fn new(writers: &[Writer]) -> Self {
        let started = writers.iter().map(|it| (it.instance.id.clone(), it.instance.started));
        Self(started.collect())
    }

    /// What may have written since; `None` when nothing has. What was removed meanwhile may have
    /// run before.
    pub(crate) async fn disturbance(
        &self,
        target: &dyn Target,
    ) -> Result<Option<String>, DeploymentStepError> {
        let now = target.writers().await?;
        if let Some(writer) = now.iter().find(|writer| self.may_have_run(&writer.instance)) {
            return Ok(Some(format!("{} was started", writer.instance.name)));
        }
        let gone = self.0.keys().find(|id| now.iter().all(|writer| writer.instance.id != **id));
        Ok(gone.map(|id| format!("the container {id} was removed")))
    }

    fn may_have_run(&self, instance: &Instance) -> bool {
        let before = self.0.get(&instance.id).copied().flatten();
        instance.may_run() || instance.started != before
    }
}

/// What a deployment cannot stop, and may write; a line each.
pub(crate) fn foreign_problems(writers: &[Writer]) -> Vec<String> {
    let foreign = writers.iter().filter(|it| it.service.is_none() && it.instance.may_run());
    foreign.map(|writer| foreign_problem(&writer.instance.name)).collect()
}

fn foreign_problem(name: &str) -> String {
    format!(
        "{name} runs and may write to the data while it is migrated: stop it, keep it out of the \
         networks of the databases, or set `deploy.database.on-failure` to \"keep\""
    )
}
