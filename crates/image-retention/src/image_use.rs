use std::fmt;

use image_ref::{Digest, ImageId, ImageTag, Reference, Repository};
use serde::Serialize;

use crate::pod_names;

/// One use of an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ImageUse {
    /// The image.
    pub used: UsedImage,
    /// Its user.
    pub user: ImageUser,
}

/// The image that a use names. The less is known about it, the more it protects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", content = "what", rename_all = "kebab-case")]
pub enum UsedImage {
    /// The image with this identifier.
    Image(ImageId),
    /// The image that this reference names: by digest if it has one, else by tag,
    /// else by the tag `latest`. A reference that is the beginning of an image ID
    /// counts as that ID too.
    Reference(Reference),
    /// The image that has this digest, in any repository, or as its identifier.
    Digest(Digest),
    /// An unknown image of this repository.
    Repository(Repository),
    /// An image about which nothing is known.
    Everything,
}

/// What uses an image. Displays as a short phrase: `container web (running)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ImageUser {
    /// A container of the engine, in any state.
    Container {
        /// Name without the slash.
        name: String,
        /// The engine's name for the state: `running`, `exited`, `created`, …
        state: String,
        /// Whether it runs.
        running: bool,
        /// The Compose service that it belongs to.
        service: Option<String>,
    },
    /// A service in a Compose file, in any profile, running or not.
    ComposeService {
        /// The file, as it is displayed.
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
        /// Number of pods requested; `None` for kinds without such a number.
        replicas: Option<u32>,
    },
    /// A user that names its image in a way that could not be resolved.
    Unresolved {
        /// A phrase such as `${TAG} in compose.yaml`.
        what: String,
    },
}

impl ImageUser {
    /// The service or workload, under the name that people gave it: for a pod, the
    /// name without the suffix that its controller appends. `None` for what is only
    /// kept for a rollback.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::Container { name, service, .. } => Some(service.as_ref().unwrap_or(name)),
            Self::ComposeService { service: name, .. } | Self::SwarmService { name } => Some(name),
            Self::Workload { kind, name, replicas, .. } => match (kind.as_str(), replicas) {
                ("ReplicaSet", Some(0)) | ("ControllerRevision", _) => None,
                ("ReplicaSet", _) => Some(pod_names::deployment_of_replica_set(name)),
                _ => Some(name),
            },
            Self::Pod { name, .. } => Some(pod_names::workload_of_pod(name)),
            Self::Unresolved { .. } => None,
        }
    }
}

impl fmt::Display for ImageUser {
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

/// The reference that an engine reads this one as: without tag and digest it has
/// the tag `latest`.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn service_of_workload(kind: &str, name: &str, replicas: Option<u32>) -> Option<String> {
        let user = ImageUser::Workload {
            cluster: "minikube".to_owned(),
            namespace: "shop".to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            replicas,
        };
        user.service().map(str::to_owned)
    }

    #[test]
    fn what_a_rollback_would_go_back_to_is_not_deployed() {
        assert_eq!(service_of_workload("Deployment", "api", Some(0)).as_deref(), Some("api"));
        let replica_set = service_of_workload("ReplicaSet", "api-7d4b9c6f5d", Some(2));
        assert_eq!(replica_set.as_deref(), Some("api"));
        assert_eq!(service_of_workload("ReplicaSet", "api-5f7c8d9b6", Some(0)), None);
        assert_eq!(service_of_workload("ControllerRevision", "db-5f7c8d9b6", None), None);
    }
}
