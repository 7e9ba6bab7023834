use std::{fmt, time::Duration};

use image_ref::Reference;
use serde::{Serialize, Serializer};

use crate::{ImageUser, Target};

/// Why a target is removed. Displays as a short phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RemovalReason {
    /// The same image keeps this other tag.
    Duplicate {
        /// The tag that is kept.
        of: Reference,
    },
    /// A newer version, or a tag without a version, is in use instead.
    Replaced {
        /// The tag that is kept.
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
    /// A development image, while a version of the repository is kept.
    Unversioned,
}

impl fmt::Display for RemovalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { of } => write!(f, "same image as {of} (duplicate)"),
            Self::Replaced { by } => write!(f, "replaced by {by}"),
            Self::OldVersion { newer: 1 } => f.write_str("old version, 1 is newer"),
            Self::OldVersion { newer } => write!(f, "old version, {newer} are newer"),
            Self::Dangling => f.write_str("dangling (no tag)"),
            Self::Unused => f.write_str("not used"),
            Self::Unversioned => f.write_str("development image no longer needed"),
        }
    }
}

/// Why a target is kept. Displays as a short phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "what", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeepReason {
    /// These use it.
    InUse(Vec<ImageUser>),
    /// `tidegate-build/…`: an image that is being built.
    BeingBuilt,
    /// A deployment can be rolled back to it.
    RollbackBackup,
    /// The nodes of local clusters run from it, although it looks unused.
    ClusterBase,
    /// It matches a keep pattern.
    Pattern,
    /// It is among the newest versions.
    Newest {
        /// 1 is the newest.
        rank: usize,
        /// How many versions are kept.
        of: usize,
    },
    /// It was pulled or tagged too recently.
    Young {
        /// Time since then.
        #[serde(rename = "age-seconds", serialize_with = "serialize_seconds")]
        age: Duration,
    },
    /// It is unknown when it was pulled or tagged.
    AgeUnknown,
    /// No image of its repository is known to be deployed.
    NothingDeployed,
    /// Its tag does not name a version.
    NoVersion,
    /// Another tag of the same image is kept, which would not show its version.
    VersionOf {
        /// Such as `latest`.
        of: Reference,
    },
    /// An image that is kept has all its layers below its own. BuildKit does not
    /// record more about what an image was built from.
    Parent {
        /// The image that is kept.
        of: Target,
    },
    /// The policy does not select it.
    NotSelected,
}

fn serialize_seconds<S: Serializer>(age: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(age.as_secs())
}

impl fmt::Display for KeepReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(users) => write_users(f, users),
            Self::BeingBuilt => f.write_str("being built"),
            Self::RollbackBackup => f.write_str("rollback backup"),
            Self::ClusterBase => f.write_str("node image of a local cluster"),
            Self::Pattern => f.write_str("matches a keep pattern"),
            Self::Newest { rank: 1, of: 1 } => f.write_str("newest version"),
            Self::Newest { rank, of } => write!(f, "version {rank} of the {of} newest"),
            Self::Young { age } => write!(f, "too recent ({})", LargestUnit(*age)),
            Self::AgeUnknown => f.write_str("age unknown"),
            Self::NothingDeployed => f.write_str("no image of its repository is known to be used"),
            Self::NoVersion => f.write_str("its tag names no version"),
            Self::VersionOf { of } => write!(f, "shows the version of {of}"),
            Self::Parent { of } => write!(f, "{of} is built on its layers"),
            Self::NotSelected => f.write_str("not selected"),
        }
    }
}

/// Users displayed in a reason; machine output has all of them.
const DISPLAYED_USERS: usize = 3;

fn write_users(f: &mut fmt::Formatter<'_>, users: &[ImageUser]) -> fmt::Result {
    f.write_str("in use by ")?;
    for (index, user) in users.iter().take(DISPLAYED_USERS).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{user}")?;
    }
    match users.len().saturating_sub(DISPLAYED_USERS) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

/// A duration in its largest whole unit.
struct LargestUnit(Duration);

impl fmt::Display for LargestUnit {
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
