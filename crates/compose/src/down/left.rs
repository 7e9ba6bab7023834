use std::fmt;

use serde::Serialize;

/// Something of the project that a `down` leaves, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Why it stays.
    pub reason: Reason,
}

/// What is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
}

/// Why something stays. Reads after its name: "stays: …".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
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
    /// A container of a service that the Compose files do not name any more.
    Orphan {
        /// The service.
        service: String,
    },
    /// It carries the project's label, and Compose did not make it.
    NotOfCompose,
    /// A network or volume that no active service uses.
    NotActive,
    /// The Compose files say that it belongs to somebody else.
    External,
    /// Containers that stay are attached to it.
    InUse {
        /// Their names.
        by: Vec<String>,
    },
    /// The files could not be read so closely that it is known to be the project's.
    NotKnown,
}

impl Reason {
    /// Whether `down` with everything would take it.
    #[must_use]
    pub fn ends_with_everything(&self) -> bool {
        match self {
            Self::InactiveProfile { .. }
            | Self::OneOff { .. }
            | Self::Orphan { .. }
            | Self::NotActive
            | Self::NotKnown => true,
            Self::NotOfCompose | Self::External | Self::InUse { .. } => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
        })
    }
}

impl fmt::Display for Reason {
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
            Self::NotOfCompose => f.write_str("Compose did not make it"),
            Self::NotActive => f.write_str("no active service uses it"),
            Self::External => f.write_str("external"),
            Self::InUse { by } => write!(f, "in use by {}", by.join(", ")),
            Self::NotKnown => f.write_str("not known to be the project's own"),
        }
    }
}
