//! What the Compose files say: closely through the installed Compose, loosely
//! where there is none.

use std::collections::BTreeSet;

use compose::{
    ComposeError, ComposeProject, Model, Program, Service,
    down::{Container, DeclaredServices, DownPlan, ProjectResources},
    mentions,
};

use super::tools::Tools;

/// What the files of a project say.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) declared: DeclaredServices,
    /// Services with hooks that Compose runs before it stops them.
    hooks: BTreeSet<String>,
    /// Services that another program than the engine runs.
    provided: BTreeSet<String>,
}

impl Known {
    /// What only Compose can do for the services of a plan.
    pub(super) fn warnings(&self, plan: &DownPlan) -> Vec<String> {
        let going = plan.services.iter().filter(|one| self.hooks.contains(&one.service));
        let hooks = going.map(|one| format!("service {}: pre_stop hooks are not run", one.service));
        let provided = self.provided.iter();
        let provided = provided.map(|one| format!("service {one}: its provider is not asked"));
        hooks.chain(provided).collect()
    }
}

impl Tools<'_> {
    /// Reads the files as far as it matters for what the engine has.
    ///
    /// # Errors
    /// What is wrong with the files.
    pub(super) async fn known(
        &self,
        project: &ComposeProject,
        observed: &ProjectResources,
    ) -> Result<Known, ComposeError> {
        let Some(active) = self.model(project, self.options.everything).await? else {
            return self.loosely(project);
        };
        let which = |wanted: fn(&Service) -> bool| -> BTreeSet<String> {
            let services = active.services.iter().filter(|(_, service)| wanted(service));
            services.map(|(name, _)| name.clone()).collect()
        };
        let hooks = which(|service| service.has_pre_stop);
        let provided = which(|service| service.has_provider);
        let mut declared = DeclaredServices::from_model(&active);
        let others = |one: &Container| !declared.services.contains_key(one.service());
        // The files are read once more only when there is something to explain.
        if !self.options.everything && observed.containers.iter().any(others) {
            let all = self.model(project, true).await?.unwrap_or_default();
            declared = declared.with_all_profiles(&all);
        }
        Ok(Known { declared, hooks, provided })
    }

    /// Compose's model; `None` when no Compose is there that could tell it.
    async fn model(
        &self,
        project: &ComposeProject,
        all_profiles: bool,
    ) -> Result<Option<Model>, ComposeError> {
        let Some(program) = &self.program else { return Ok(None) };
        let error = match program.model(project, &self.variables, all_profiles).await {
            Ok(model) => return Ok(Some(model)),
            Err(error) => error,
        };
        // Only now does it matter which version it is, and whether it runs at all.
        match Program::find(&self.surroundings).await {
            Ok(Some(asked)) if asked.is_legacy() => Ok(None),
            Ok(Some(asked)) if asked.path() != program.path() => {
                asked.model(project, &self.variables, all_profiles).await.map(Some)
            }
            Ok(Some(_)) => Err(error),
            Ok(None) | Err(_) => Ok(None),
        }
    }

    fn loosely(&self, project: &ComposeProject) -> Result<Known, ComposeError> {
        let mentions = mentions(project, &self.surroundings);
        let unreadable = || {
            let message = mentions.problems.first().cloned().unwrap_or_default();
            ComposeError::BrokenFile { file: None, line: None, message }
        };
        let declared =
            DeclaredServices::from_mentions(&mentions, project).ok_or_else(unreadable)?;
        Ok(Known { declared, ..Known::default() })
    }
}
