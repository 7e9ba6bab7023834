use std::fmt;

use serde::Serialize;

/// A resource of the project that a `down` leaves, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leftover {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its name.
    pub name: String,
    /// Why it stays.
    pub reason: LeftoverReason,
}

/// A kind of resource in the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
}

/// Why a resource stays. Reads after its name: "stays: …".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LeftoverReason {
    /// A container of a service whose profiles are not active.
    InactiveProfile {
        /// The service.
        service: String,
        /// Its profiles; empty when they are not known.
        profiles: Vec<String>,
    },
    /// A container of `docker compose run`.
    OneOff {
        /// The service that was run.
        service: String,
    },
    /// A container of a service that is no longer in the Compose files.
    Orphan {
        /// The service.
        service: String,
    },
    /// It has the project's label, but Compose did not create it.
    #[serde(rename = "not-of-compose")]
    NotCreatedByCompose,
    /// A network or volume that no active service uses.
    NotActive,
    /// The Compose files declare it as managed outside the project.
    External,
    /// Containers that stay are attached to it.
    InUse {
        /// Their names.
        by: Vec<String>,
    },
    /// The files could not be read precisely enough to know that it belongs to the
    /// project.
    #[serde(rename = "not-known")]
    UnknownOwner,
}

impl LeftoverReason {
    /// Whether `down` with everything would remove it.
    #[must_use]
    pub fn is_removed_by_everything(&self) -> bool {
        match self {
            Self::InactiveProfile { .. }
            | Self::OneOff { .. }
            | Self::Orphan { .. }
            | Self::NotActive
            | Self::UnknownOwner => true,
            Self::NotCreatedByCompose | Self::External | Self::InUse { .. } => false,
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
        })
    }
}

impl fmt::Display for LeftoverReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InactiveProfile { service, profiles } if profiles.is_empty() => {
                write!(f, "service {service} is in a profile that is not active")
            }
            Self::InactiveProfile { service, profiles } => {
                write!(f, "service {service} is in profile {}, not active", profiles.join(", "))
            }
            Self::OneOff { service } => write!(f, "one-off container (`run {service}`)"),
            Self::Orphan { service } => {
                write!(f, "orphan: service {service} is no longer in the Compose files")
            }
            Self::NotCreatedByCompose => f.write_str("Compose did not create it"),
            Self::NotActive => f.write_str("no active service uses it"),
            Self::External => f.write_str("external"),
            Self::InUse { by } => write!(f, "in use by {}", by.join(", ")),
            Self::UnknownOwner => f.write_str("not known to belong to the project"),
        }
    }
}
