use std::{fmt, time::Duration};

use image_ref::Reference;
use serde::{Serialize, Serializer};

use crate::{Target, User};

/// Why something goes. Displays as a short phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RemovalReason {
    /// The same image keeps this other tag.
    Duplicate {
        /// The tag that stays.
        of: Reference,
    },
    /// A newer version, or a tag without a version, is what is used now.
    Replaced {
        /// The one that stays.
        by: Reference,
    },
    /// Not among the newest versions.
    OldVersion {
        /// How many versions of its family are newer.
        newer: usize,
    },
    /// It has no tag.
    Dangling,
    /// Nothing uses it.
    Unused,
    /// A development image, while a version of the repository stays.
    Unversioned,
}

impl fmt::Display for RemovalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { of } => write!(f, "same image as {of} (duplicate)"),
            Self::Replaced { by } => write!(f, "replaced by {by}"),
            Self::OldVersion { newer: 1 } => f.write_str("old version, 1 is newer"),
            Self::OldVersion { newer } => write!(f, "old version, {newer} are newer"),
            Self::Dangling => f.write_str("dangling, no tag names it"),
            Self::Unused => f.write_str("not used"),
            Self::Unversioned => f.write_str("development image no longer needed"),
        }
    }
}

/// Why something stays. Displays as a short phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "what", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeepReason {
    /// These use it.
    InUse(Vec<User>),
    /// `tidegate-build/…`: an image that is being built.
    BeingBuilt,
    /// A deployment can be rolled back to it.
    RollbackBackup,
    /// What the nodes of a local cluster are made of, which looks unused.
    ClusterBase,
    /// A pattern says so.
    Pattern,
    /// It is among the newest versions.
    Newest {
        /// 1 is the newest.
        rank: usize,
        /// So many stay.
        of: usize,
    },
    /// It was pulled or tagged too recently.
    Young {
        /// Since then.
        #[serde(rename = "age-seconds", serialize_with = "seconds")]
        age: Duration,
    },
    /// Nobody knows when it was pulled or tagged.
    AgeUnknown,
    /// Nothing of its repository is known to be deployed.
    NothingDeployed,
    /// Its tag names no version.
    NoVersion,
    /// A tag of the same image stays and would not tell its version.
    VersionOf {
        /// Such as `latest`.
        of: Reference,
    },
    /// An image that stays has all its layers below its own. BuildKit tells no
    /// more of what an image was built from.
    Parent {
        /// The image that stays.
        of: Target,
    },
    /// The policy does not select it.
    NotSelected,
}

fn seconds<S: Serializer>(age: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(age.as_secs())
}

impl fmt::Display for KeepReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(users) => write_users(f, users),
            Self::BeingBuilt => f.write_str("being built"),
            Self::RollbackBackup => f.write_str("backup for a rollback"),
            Self::ClusterBase => f.write_str("base of a local cluster's nodes"),
            Self::Pattern => f.write_str("matches a pattern to keep"),
            Self::Newest { rank: 1, of: 1 } => f.write_str("newest version"),
            Self::Newest { rank, of } => write!(f, "version {rank} of the {of} newest"),
            Self::Young { age } => write!(f, "too young, {}", Span(*age)),
            Self::AgeUnknown => f.write_str("age not known"),
            Self::NothingDeployed => f.write_str("nothing of its repository is known to be used"),
            Self::NoVersion => f.write_str("its tag names no version"),
            Self::VersionOf { of } => write!(f, "tells the version of {of}"),
            Self::Parent { of } => write!(f, "{of} is built on its layers"),
            Self::NotSelected => f.write_str("not selected"),
        }
    }
}

/// The first ones; programs get all.
fn write_users(f: &mut fmt::Formatter<'_>, users: &[User]) -> fmt::Result {
    const TOLD: usize = 3;
    f.write_str("in use by ")?;
    for (index, user) in users.iter().take(TOLD).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{user}")?;
    }
    match users.len().saturating_sub(TOLD) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

/// A duration in its largest whole unit.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (count, unit) = match seconds {
            0..60 => (seconds, "second"),
            60..3600 => (seconds / 60, "minute"),
            3600..86_400 => (seconds / 3600, "hour"),
            _ => (seconds / 86_400, "day"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}
