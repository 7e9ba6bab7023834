use std::collections::{BTreeMap, BTreeSet};

use configuration::Deploy;
use image_ref::{ImageId, Reference};
use operation::Environment;
use step_runner::{StepContext, StepJournal};
use tokio::time::Instant;

use crate::{
    data_gate::DataGate,
    gate::HealthGate,
    plan::{Action, DeploymentPlan, Instance, Purpose, StepId},
    project_command::{BACKUP_VARIABLE, ProjectCommands},
    snapshot::{Moment, SnapshotKeys, keep_configuration},
    step_error::DeploymentStepError,
    target::Target,
};

/// What the steps of a deployment share.
pub(crate) struct DeploymentContext<'a> {
    pub(crate) target: &'a dyn Target,
    pub(crate) environment: &'a Environment,
    pub(crate) settings: &'a Deploy,
    pub(crate) plan: &'a DeploymentPlan,
    /// Who deploys.
    pub(crate) performer: String,
    /// The name of the configured place that is deployed to.
    pub(crate) destination: Option<String>,
    /// When the steps began.
    pub(crate) started: Instant,
    /// The folder in which commands of the project run.
    pub(crate) project_folder: &'a std::path::Path,
    pub(crate) journal: StepJournal,
    pub(crate) gate: HealthGate<'a>,
    /// What secures the data; the reason, where its settings cannot be used.
    pub(crate) data_gate: Result<Option<Box<dyn DataGate + 'a>>, String>,
    pub(crate) keys: SnapshotKeys,
}

impl StepContext for DeploymentContext<'_> {
    type Id = StepId;
    type Error = DeploymentStepError;
}

impl<'a> DeploymentContext<'a> {
    /// What secures the data.
    pub(crate) fn data_gate(&self) -> Result<&(dyn DataGate + 'a), DeploymentStepError> {
        match &self.data_gate {
            Ok(Some(gate)) => Ok(gate.as_ref()),
            Ok(None) => Err(DeploymentStepError::NotRecorded("the data gate".to_owned())),
            Err(problem) => Err(DeploymentStepError::Unfit(problem.clone())),
        }
    }

    /// The image that was fetched for a service.
    pub(crate) fn fetched_image(&self, service: &str) -> Result<ImageId, DeploymentStepError> {
        let fetched = self.journal.evidence(&StepId::Fetch(service.to_owned()))?;
        fetched.ok_or_else(|| DeploymentStepError::NotRecorded(format!("the image of {service}")))
    }

    /// Keeps what an instance was created with; why not, when no key can be used.
    pub(crate) async fn keep_configuration(
        &self,
        moment: (&str, &str, Moment),
        instance: &Instance,
    ) -> Result<Option<String>, DeploymentStepError> {
        let performer = &self.performer;
        Ok(keep_configuration(self.target, &self.keys, performer, moment, instance).await?)
    }

    /// The image that each changed service runs now.
    pub(crate) fn fetched_images(&self) -> Result<BTreeMap<String, ImageId>, DeploymentStepError> {
        let services = self.plan.changes.iter().map(|change| &change.service);
        let images = services.map(|service| Ok((service.clone(), self.fetched_image(service)?)));
        images.collect()
    }

    /// The tags that are deployed, each once.
    fn versions(&self) -> Vec<String> {
        let changes = self.plan.changes.iter();
        let references =
            changes.filter_map(|change| change.image.reference.parse::<Reference>().ok());
        let tags = references.filter_map(|reference| reference.tag().map(ToString::to_string));
        tags.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// How commands of the project run.
    pub(crate) fn commands(&self) -> Result<ProjectCommands, DeploymentStepError> {
        let plan = self.plan;
        let purpose = match plan.purpose {
            _ if plan.infrastructure().is_some() => "infrastructure",
            Purpose::Deploy => "deploy",
            Purpose::Rollback { .. } => "rollback",
        };
        let services = plan.changes.iter().map(|change| change.service.as_str());
        let images = plan.changes.iter().map(|change| change.image.reference.as_str());
        let tags = plan.steps.iter().find_map(|step| match &step.action {
            Action::SecureWayBack { tag, .. } => Some(tag.clone()),
            _ => None,
        });
        let backup: Option<String> = self.journal.evidence(&StepId::SecureData)?;
        let variables = vec![
            ("TIDEGATE_DEPLOYMENT", plan.id.clone()),
            ("TIDEGATE_PURPOSE", purpose.to_owned()),
            ("TIDEGATE_TARGET", self.target.name()),
            ("TIDEGATE_DESTINATION", self.destination.clone().unwrap_or_default()),
            ("TIDEGATE_PERFORMER", self.performer.clone()),
            ("TIDEGATE_SERVICES", services.collect::<Vec<_>>().join(" ")),
            ("TIDEGATE_IMAGES", images.collect::<Vec<_>>().join(" ")),
            ("TIDEGATE_VERSION", self.versions().join(" ")),
            ("TIDEGATE_RUNTIME", self.started.elapsed().as_secs().to_string()),
            ("TIDEGATE_ROLLBACK_TAG", tags.unwrap_or_default()),
            (BACKUP_VARIABLE, backup.unwrap_or_default()),
        ];
        Ok(ProjectCommands { folder: self.project_folder.to_owned(), variables })
    }
}
