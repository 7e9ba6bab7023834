use std::collections::{BTreeMap, BTreeSet};

use image_ref::Digest;
use jiff::Timestamp;

use super::{DesiredImage, Instance, Overlap, RestoredConfiguration, Role, SwitchOrder};
use crate::record::{DeploymentRecord, UnreadableRecord};

/// Everything that a plan is made from.
#[derive(Debug, Clone)]
pub struct Observed {
    /// When the target was observed; identifies the deployment.
    pub at: Timestamp,
    /// Every service of the target, by name.
    pub services: BTreeMap<String, ObservedService>,
    /// Services that are declared and not part of the target as it was chosen, with the
    /// reason and what to do. Observed only when a service is missing.
    pub inactive: BTreeMap<String, String>,
    /// Why no request reaches an instance; `None` when requests do.
    pub request_problem: Option<String>,
    /// Earlier deployments, the oldest first.
    pub history: Vec<DeploymentRecord>,
    /// Records of deployments that cannot be read.
    pub unreadable_records: Vec<UnreadableRecord>,
    /// The disk for the images that are to be fetched; `None` when there are none.
    pub disk: Option<ObservedDisk>,
}

/// Whether images that are to be fetched fit on the target's disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservedDisk {
    /// In bytes.
    Measured {
        /// What they take at least.
        least: u64,
        /// What they take as a rule.
        usual: u64,
        /// What is free.
        free: u64,
    },
    /// The reason why it cannot be known.
    Unknown(String),
}

/// A service as it is declared, and as it runs.
#[derive(Debug, Clone)]
pub struct ObservedService {
    /// What it is for.
    pub role: Role,
    /// Its instances, in every state.
    pub instances: Vec<Instance>,
    /// What the image that runs was deployed by, as far as the target can tell.
    pub reference: String,
    /// What tells the declared configuration, image included, from others; new instances
    /// have it.
    pub configuration: Option<String>,
    /// The declared configuration without the image, as a digest.
    pub settings: Option<Digest>,
    /// How many instances it should have.
    pub replicas: u64,
    /// The order that its declaration asks for.
    pub declared_order: Option<SwitchOrder>,
    /// Whether two versions may run at the same time.
    pub overlap: Overlap,
    /// Whether one more instance of it can be started for a trial, without its ports and
    /// names, so that nobody reaches it.
    pub trial: Overlap,
    /// The services that must be running for it.
    pub dependencies: Vec<String>,
    /// Services that share its network, processes or memory, and so are bound to one of
    /// its instances.
    pub shared_by: Vec<String>,
    /// The services that are declared with the same name of an image, so that they
    /// change together.
    pub named_with: Vec<String>,
    /// Proxies that may go on sending requests to instances that are gone.
    pub proxy_problems: Vec<ProxyProblem>,
    /// The environment variables that its new instances will have; `None` when that
    /// cannot be known before they are created.
    pub variables: Option<BTreeSet<String>>,
    /// Whether its image has a health check.
    pub has_health_check: bool,
    /// Why its data must be secured before it is replaced: `it runs postgres`; `None` for a
    /// service that keeps none.
    pub keeps_data: Option<String>,
    /// The configuration that is to come back, instead of the declared one.
    pub restored: Option<RestoredConfiguration>,
    /// The image that it is to run; `None` for a service that was not asked for.
    pub desired: Option<Result<DesiredImage, UnavailableImage>>,
}

impl ObservedService {
    /// Whether what runs was created with another configuration than new instances will have.
    #[must_use]
    pub fn is_reconfigured(&self) -> bool {
        let wanted = match &self.restored {
            Some(restored) => &restored.configuration,
            None => &self.configuration,
        };
        let differs = |instance: &Instance| matches!((&instance.configuration, wanted), (Some(runs), Some(new)) if runs != new);
        self.running().any(differs)
    }

    /// The instances that run.
    pub fn running(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(|instance| instance.is_running())
    }
}

/// What a proxy before a service may do to requests while the service is switched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyProblem {
    /// The proxy's service.
    pub proxy: String,
    /// What may happen, and why.
    pub problem: String,
    /// What to do.
    pub advice: String,
    /// Whether no service can be switched behind it: the deployment would be undone.
    pub prevents_switch: bool,
}

/// Why a service's image cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnavailableImage {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: Option<String>,
}
