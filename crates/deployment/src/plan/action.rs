use std::time::Duration;

use image_ref::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use step_plan::Effect;

use super::{
    DesiredImage, HookPoint, Instance, RestoredConfiguration, RunningService, StepId, SwitchOrder,
    names_of,
};

/// How one service changes. A record of it is all that is needed to take the change
/// back, by anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceChange {
    /// The service.
    pub service: String,
    /// Its instances before, in every state.
    pub before: Vec<Instance>,
    /// What the image that runs was deployed by, as far as the target can tell.
    pub reference_before: String,
    /// The image that it is to run.
    pub image: DesiredImage,
    /// What it is configured with apart from the image, as a digest.
    #[serde(default)]
    pub settings: Option<Digest>,
    /// Whether it is configured differently from what runs, although its image may be the
    /// same.
    #[serde(default)]
    pub is_reconfigured: bool,
    /// The configuration of an earlier deployment that comes back; `None` when new instances
    /// have the declared one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<RestoredConfiguration>,
    /// Whether it is infrastructure, which changes on its own request only. Its volumes are never
    /// removed.
    #[serde(default)]
    pub is_infrastructure: bool,
    /// How many instances it is to have.
    pub replicas: u64,
    /// In which order they change places.
    pub order: SwitchOrder,
}

impl ServiceChange {
    /// Whether an instance was created by this change.
    #[must_use]
    pub fn is_new(&self, instance: &Instance) -> bool {
        self.before.iter().all(|old| old.id != instance.id)
    }

    /// What to know about a configuration that comes back, for people.
    #[must_use]
    pub fn restored_advice(&self) -> Option<String> {
        let RestoredConfiguration { deployment, settings, .. } = self.restored.as_ref()?;
        // Only a digest of the settings tells whether the files have them.
        let files = match settings {
            Some(_) => "not that of the Compose files",
            None => "which the Compose files may not have",
        };
        Some(format!(
            "{} has the configuration of {deployment}, {files}: `docker compose up` and the next \
             `deploy` start it with that of the files; bring the files and env files back, too",
            self.service
        ))
    }

    /// The instance that the way back is made from: one that runs, else any; one whose
    /// image can be read before others.
    #[must_use]
    pub fn serving(&self) -> Option<&Instance> {
        let rank = |instance: &&Instance| (instance.is_running(), instance.image.is_some());
        self.before.iter().rev().max_by_key(rank)
    }
}

/// What a step of a deployment does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Runs a command of the project.
    RunHook {
        /// When it runs.
        point: HookPoint,
        /// Its number at that point, from 1.
        number: usize,
        /// The command as a person would type it.
        command: String,
    },
    /// Gives the image that runs a name of its own, so that nothing removes it.
    SecureWayBack {
        /// The service.
        service: String,
        /// What runs.
        instance: Instance,
        /// The name's last part: `rollback-backup-20261129-201530`.
        tag: String,
    },
    /// Records the plan at the target, where anybody finds it.
    Record,
    /// Brings the image to the target while the old version serves.
    Fetch(ServiceChange),
    /// Tries the new version out where nobody reaches it, before anything is switched.
    Try {
        /// The service.
        change: ServiceChange,
        /// The command that runs in its place, as a person would type it; `None` when the
        /// service is started as it is.
        command: Option<String>,
    },
    /// Stops everything of the application, so that nothing writes while the data is migrated.
    StopServices {
        /// What runs, in the order in which it is started again.
        services: Vec<RunningService>,
    },
    /// Starts what was stopped again: the old version serves until it is replaced.
    StartServices {
        /// What ran, in this order.
        services: Vec<RunningService>,
    },
    /// Secures the data, and verifies what was secured.
    SecureData,
    /// Brings a backup of the data back.
    RestoreData {
        /// The backup's name.
        backup: String,
        /// When it was made, as far as that is recorded: what was written since is lost.
        made: Option<Timestamp>,
    },
    /// Migrates the data, in a container of the new image.
    Migrate {
        /// The command as a person would type it.
        command: String,
        /// The service whose image and environment it uses.
        change: ServiceChange,
    },
    /// Creates the new instances without starting them.
    Prepare(ServiceChange),
    /// Starts the new instances, waits until they are ready, and stops the old ones.
    Switch(ServiceChange),
    /// Watches every service, and checks what it runs.
    Verify {
        /// The services.
        changes: Vec<ServiceChange>,
        /// For how long.
        soak: Duration,
    },
    /// Records success: from here on the new version stays.
    Confirm,
    /// Removes the old instances.
    Retire(ServiceChange),
    /// Backs up the databases of a deployment that is good.
    SecureSuccess,
    /// Removes what deployments left that are too old for a rollback.
    CleanUp {
        /// Their identifiers.
        deployments: Vec<String>,
    },
}

impl step_plan::Action for Action {
    type Id = StepId;

    fn id(&self) -> StepId {
        match self {
            Self::RunHook { point, number, .. } => StepId::Hook(*point, *number),
            Self::SecureWayBack { service, .. } => StepId::SecureWayBack(service.clone()),
            Self::Record => StepId::Record,
            Self::Fetch(change) => StepId::Fetch(change.service.clone()),
            Self::Try { change, .. } => StepId::Trial(change.service.clone()),
            Self::StopServices { .. } => StepId::StopServices,
            Self::StartServices { .. } => StepId::StartServices,
            Self::SecureData => StepId::SecureData,
            Self::RestoreData { .. } => StepId::RestoreData,
            Self::Migrate { .. } => StepId::Migrate,
            Self::Prepare(change) => StepId::Prepare(change.service.clone()),
            Self::Switch(change) => StepId::Switch(change.service.clone()),
            Self::Verify { .. } => StepId::Verify,
            Self::Confirm => StepId::Confirm,
            Self::Retire(change) => StepId::Retire(change.service.clone()),
            Self::SecureSuccess => StepId::SecureSuccess,
            Self::CleanUp { .. } => StepId::CleanUp,
        }
    }

    fn effect(&self) -> Effect {
        match self {
            Self::Verify { .. } => Effect::ReadOnly,
            Self::SecureWayBack { .. }
            | Self::Record
            | Self::Fetch(_)
            | Self::Try { .. }
            | Self::SecureData
            | Self::SecureSuccess
            | Self::RunHook { .. }
            | Self::Prepare(_) => Effect::Local,
            Self::Migrate { .. }
            | Self::RestoreData { .. }
            | Self::StopServices { .. }
            | Self::StartServices { .. }
            | Self::Switch(_) => Effect::Withdrawable,
            Self::Confirm | Self::Retire(_) | Self::CleanUp { .. } => Effect::Followed,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::RunHook { command, .. } => format!("run `{command}`"),
            Self::SecureWayBack { service, tag, .. } => {
                format!("keep the image that {service} runs as {tag}")
            }
            Self::Record => "record the deployment".to_owned(),
            Self::Fetch(change) => format!("fetch {}", change.image.label()),
            Self::Try { change, command: None } => {
                format!("start the new version of {} where nobody reaches it", change.service)
            }
            Self::Try { change, command: Some(command) } => {
                format!("run `{command}` in the new version of {}", change.service)
            }
            Self::StopServices { services } if services.is_empty() => {
                "check that nothing writes to the data".to_owned()
            }
            Self::StopServices { services } => format!("stop {}", names_of(services)),
            Self::StartServices { services } if services.is_empty() => {
                "start again what was stopped".to_owned()
            }
            Self::StartServices { services } => format!("start {} again", names_of(services)),
            Self::SecureData => "secure the data".to_owned(),
            Self::RestoreData { backup, made: None } => format!("bring the backup {backup} back"),
            Self::RestoreData { backup, made: Some(made) } => {
                format!("bring the backup {backup} back; what was written since {made} is lost")
            }
            Self::Migrate { command, .. } => format!("migrate the data: `{command}`"),
            Self::Prepare(change) => format!("prepare {}", change.service),
            Self::Switch(change) => format!("switch {}", change.service),
            Self::Verify { soak, .. } => format!("watch the services for {} s", soak.as_secs()),
            Self::Confirm => "record success".to_owned(),
            Self::Retire(change) => format!("remove what {} ran before", change.service),
            Self::SecureSuccess => "back up the data of the new version".to_owned(),
            Self::CleanUp { deployments } => {
                format!("give up the way back to what ran before {}", deployments.join(", "))
            }
        }
    }

    /// Everything before the confirmation stays once it is made.
    fn is_foundation(&self) -> bool {
        true
    }
}
