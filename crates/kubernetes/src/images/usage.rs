use std::fmt;

use super::{ImageIdentity, ImageName, Kind};

/// One use of an image in a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterUse {
    /// The namespace of the object.
    pub namespace: String,
    /// What kind of object it is.
    pub kind: Kind,
    /// The object's name.
    pub name: String,
    /// Which part of it uses the image.
    pub part: Part,
    /// What is asked for.
    pub image: ImageName,
    /// What really runs; known of pods only, and not before they are started.
    pub running: Option<ImageIdentity>,
    /// How many pods are wanted, where the kind has such a number.
    pub replicas: Option<i64>,
    /// The service that the object belongs to, by the usual labels.
    pub service: Option<String>,
}

/// `Deployment shop/api (container server)`.
impl fmt::Display for ClusterUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{} ({})", self.kind, self.namespace, self.name, self.part)
    }
}

/// The part of a pod or template that uses an image, with its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the words are those of Kubernetes")]
pub enum Part {
    Container(String),
    InitContainer(String),
    EphemeralContainer(String),
    /// A volume whose source is an image (Kubernetes 1.31 and newer).
    ImageVolume(String),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => write!(f, "container {name}"),
            Self::InitContainer(name) => write!(f, "init container {name}"),
            Self::EphemeralContainer(name) => write!(f, "ephemeral container {name}"),
            Self::ImageVolume(name) => write!(f, "image volume {name}"),
        }
    }
}
