use std::fmt;

use serde::Serialize;

use crate::BackupKind;

/// Why a backup stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeepReason {
    /// It is one of the newest verified ones of its kind.
    WithinCount {
        /// Its kind.
        kind: BackupKind,
        /// Its place among the verified ones of its kind, from 1 for the newest.
        place: usize,
        /// How many of the kind stay.
        count: usize,
    },
    /// It is the newest verified backup of the database.
    NewestVerified,
    /// Somebody needs it.
    Pinned,
    /// Its time has not come yet: a clock was wrong, or is.
    InFuture,
    /// It is not verified, and fewer newer verified ones of its kind exist than stay.
    NotReplaced {
        /// How many newer verified ones of its kind exist.
        newer: usize,
        /// How many of the kind stay.
        count: usize,
    },
    /// A part of it is missing; retention does not judge it.
    Incomplete,
    /// It cannot be read; retention does not judge it.
    Unreadable,
}

impl fmt::Display for KeepReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithinCount { kind, place, count } => {
                write!(f, "{kind}: verified, number {place} of the {count} that stay")
            }
            Self::NewestVerified => f.write_str("newest verified backup of the database"),
            Self::Pinned => f.write_str("pinned"),
            Self::InFuture => f.write_str("its time is in the future; check the clock"),
            Self::NotReplaced { newer, count } => {
                write!(f, "not verified, and only {newer} of {count} newer ones are")
            }
            Self::Incomplete => {
                f.write_str("incomplete: look at its folder, and remove it by hand")
            }
            Self::Unreadable => {
                f.write_str("unreadable: look at its folder, and remove it by hand")
            }
        }
    }
}

/// Why a backup goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RemovalReason {
    /// As many newer verified ones of its kind exist as stay.
    Surplus {
        /// Its kind.
        kind: BackupKind,
        /// How many newer verified ones of its kind exist.
        newer: usize,
        /// How many of the kind stay.
        count: usize,
    },
    /// The same, and it is not verified.
    UnverifiedSurplus {
        /// Its kind.
        kind: BackupKind,
        /// How many newer verified ones of its kind exist.
        newer: usize,
        /// How many of the kind stay.
        count: usize,
    },
}

impl fmt::Display for RemovalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Surplus { kind, newer, count } => {
                write!(f, "{kind}: {newer} newer verified ones exist, and {count} stay")
            }
            Self::UnverifiedSurplus { kind, newer, count } => {
                write!(f, "{kind}: not verified, {newer} newer verified ones exist, {count} stay")
            }
        }
    }
}
