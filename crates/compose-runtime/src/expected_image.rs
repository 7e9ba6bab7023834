use image_ref::Digest;
use serde::Serialize;

/// The image that the containers of a service are expected to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedImage {
    /// The digest that the registry serves under the service's reference.
    Digest(Digest),
    /// Any image: there is no registry to compare it with.
    Unchecked(UncheckedReason),
}

/// Why a service's image is not compared with a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UncheckedReason {
    /// It is built on this machine.
    Built,
    /// `pull_policy: never`.
    PullNever,
    /// No registry is asked, on request (`--offline`).
    Offline,
    /// A rollback has brought it back.
    RolledBack,
    /// A provider runs the service, without an image.
    Provider,
}

impl ExpectedImage {
    /// The digest that the registry serves.
    #[must_use]
    pub fn expected_digest(&self) -> Option<&Digest> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Unchecked(_) => None,
        }
    }

    /// Why it is not compared with a registry.
    #[must_use]
    pub fn unchecked_reason(&self) -> Option<UncheckedReason> {
        match self {
            Self::Digest(_) => None,
            Self::Unchecked(reason) => Some(*reason),
        }
    }
}

impl std::fmt::Display for UncheckedReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Built => "built locally",
            Self::PullNever => "pull_policy: never",
            Self::Offline => "offline",
            Self::RolledBack => "brought back by a rollback",
            Self::Provider => "run by a provider",
        })
    }
}
