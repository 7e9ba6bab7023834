use std::fmt;

use super::{ImageIdentity, ImageName, ObjectKind};

/// One use of an image in a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterImageUse {
    /// The namespace of the object.
    pub namespace: String,
    /// The kind of the object.
    pub kind: ObjectKind,
    /// The object's name.
    pub name: String,
    /// The part of the object that uses the image.
    pub part: PodPart,
    /// The requested image.
    pub image: ImageName,
    /// The image that actually runs; known for pods only, and not before they start.
    pub running: Option<ImageIdentity>,
    /// The requested number of pods, if the kind has such a number.
    pub replicas: Option<i64>,
    /// The service that the object belongs to, by the usual labels.
    pub service: Option<String>,
}

/// `Deployment shop/api (container server)`.
impl fmt::Display for ClusterImageUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{} ({})", self.kind, self.namespace, self.name, self.part)
    }
}

/// The part of a pod or template that uses an image, with its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are those of Kubernetes")]
pub enum PodPart {
    Container(String),
    InitContainer(String),
    EphemeralContainer(String),
    /// A volume whose source is an image (Kubernetes 1.31 and newer).
    ImageVolume(String),
}

impl fmt::Display for PodPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => write!(f, "container {name}"),
            Self::InitContainer(name) => write!(f, "init container {name}"),
            Self::EphemeralContainer(name) => write!(f, "ephemeral container {name}"),
            Self::ImageVolume(name) => write!(f, "image volume {name}"),
        }
    }
}
