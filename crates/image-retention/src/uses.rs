use std::fmt;

use image_ref::{Digest, ImageId, ImageTag, Reference, Repository};
use serde::Serialize;

/// That somebody uses an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Use {
    /// What is used.
    pub used: Used,
    /// By whom.
    pub user: User,
}

/// What a use names. The less is known, the more it protects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", content = "what", rename_all = "kebab-case")]
pub enum Used {
    /// The image with this identifier.
    Image(ImageId),
    /// The image that this reference names: by digest if it has one, else by tag,
    /// else by the tag `latest`. A reference that is the beginning of an image ID
    /// counts as that ID too.
    Reference(Reference),
    /// The image that has this digest, in any repository, or as its identifier.
    Digest(Digest),
    /// Some image of this repository; which one is not known.
    Repository(Repository),
    /// Some image; nothing is known about it.
    Everything,
}

/// Who uses an image. Displays as a short phrase: `container web (running)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum User {
    /// A container of the engine, in any state.
    Container {
        /// Name without the slash.
        name: String,
        /// The engine's word: `running`, `exited`, `created`, …
        state: String,
        /// Whether it runs.
        running: bool,
        /// The Compose service that it belongs to.
        service: Option<String>,
    },
    /// A service in a Compose file, of any profile, running or not.
    ComposeService {
        /// The file, as it is told to people.
        file: String,
        /// Name of the service.
        service: String,
    },
    /// A service of the swarm.
    SwarmService {
        /// Name of the service.
        name: String,
    },
    /// A pod of a Kubernetes cluster.
    Pod {
        /// Context of the cluster.
        cluster: String,
        /// Namespace of the pod.
        namespace: String,
        /// Name of the pod.
        name: String,
    },
    /// The template of a workload, which may have no pods at the moment.
    Workload {
        /// Context of the cluster.
        cluster: String,
        /// Namespace of the workload.
        namespace: String,
        /// `Deployment`, `CronJob`, …
        kind: String,
        /// Name of the workload.
        name: String,
        /// Pods wanted; `None` for kinds that state no number.
        replicas: Option<u32>,
    },
    /// Something that names images in a way that could not be resolved.
    Unresolved {
        /// What it is, such as `${TAG} in compose.yaml`.
        what: String,
    },
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container { name, state, .. } => write!(f, "container {name} ({state})"),
            Self::ComposeService { file, service } => write!(f, "service {service} of {file}"),
            Self::SwarmService { name } => write!(f, "swarm service {name}"),
            Self::Pod { cluster, namespace, name } => {
                write!(f, "pod {namespace}/{name} in {cluster}")
            }
            Self::Workload { cluster, namespace, kind, name, replicas } => {
                write!(f, "{} {namespace}/{name} in {cluster}", kind.to_lowercase())?;
                if *replicas == Some(0) { f.write_str(" (scaled to zero)") } else { Ok(()) }
            }
            Self::Unresolved { what } => f.write_str(what),
        }
    }
}

/// The reference that an engine reads this one as: without tag and digest it
/// means the tag `latest`.
#[must_use]
pub fn with_default_tag(reference: Reference) -> Reference {
    if reference.tag().is_some() || reference.digest().is_some() {
        return reference;
    }
    match "latest".parse::<ImageTag>() {
        Ok(latest) => reference.repository().tagged(latest),
        Err(_) => reference,
    }
}
