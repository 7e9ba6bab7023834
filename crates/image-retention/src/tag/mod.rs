//! Tags that name a version, and the family of tags that such a one belongs to.

mod parse;
mod suffix;

use std::fmt;

use image_ref::ImageTag;

/// A tag that names a version: `cron-0.9.1-alpine-1a2b3c4` is version 0.9.1 of
/// the family `cron-…-alpine`.
///
/// ```
/// use image_retention::VersionedTag;
/// let read = |text: &str| VersionedTag::read(&text.parse().unwrap());
/// let [old, new] = ["cron-0.9.1", "cron-0.10.0-1a2b3c4"].map(|tag| read(tag).unwrap());
/// assert_eq!(old.family, new.family);
/// assert!(old.version < new.version);
/// assert_ne!(old.family, read("0.9.1").unwrap().family);
/// assert_eq!(read("latest"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedTag {
    /// What its versions are compared within.
    pub family: Family,
    /// The version.
    pub version: TagVersion,
    /// Characters of the tag that tell the version.
    precision: usize,
    has_v: bool,
}

impl VersionedTag {
    /// Reads a tag; `None` when it names no version, as `latest`, `dev`,
    /// `pr-12` and a bare commit do not.
    #[must_use]
    pub fn read(tag: &ImageTag) -> Option<Self> {
        if is_rollback_backup(tag) {
            return None;
        }
        parse::read(tag.as_str())
    }

    /// The first number of a version with a dot, whose line it belongs to.
    pub(crate) fn line(&self) -> Option<u64> {
        self.version.numbers.first().copied().filter(|_| self.version.numbers.len() > 1)
    }

    /// The version, where it is one number without a `v`.
    pub(crate) fn bare_number(&self) -> Option<u64> {
        match self.version.numbers.as_slice() {
            [number] if !self.has_v => Some(*number),
            _ => None,
        }
    }

    /// How precisely the tag says its version: `1.2.3` more than `1.2`.
    pub(crate) fn precision(&self) -> usize {
        self.precision
    }
}

/// Tags that differ in nothing but the version: the text before it and the
/// variant after it. A `v` before the digits belongs to neither.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family {
    prefix: String,
    variant: String,
    /// Its versions are mere numbers, beside a family of versions with dots.
    counted: bool,
}

impl Family {
    /// Makes it the family of mere numbers beside this one.
    pub(crate) fn counts(&mut self) {
        self.counted = true;
    }

    /// The tag that follows its versions: `cron` follows `cron-0.9.1`.
    pub(crate) fn name(&self) -> &str {
        self.prefix.trim_end_matches(['-', '_'])
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*{}", self.prefix, self.variant)
    }
}

/// A version as tags tell it. Ordered by numbers, then stage, then what follows:
/// `1.2.3-rc.1` < `1.2.3` < `1.2.3-1` < `1.2.10`; `v3-20250911` < `v3-20251001`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagVersion {
    numbers: Vec<u64>,
    stage: Stage,
    /// Numbers after the stage: a revision, a build number, a date.
    revisions: Vec<u64>,
}

impl TagVersion {
    /// Whether this names a line that the other one belongs to: `1.2` of `1.2.3`.
    pub(crate) fn is_line_of(&self, other: &Self) -> bool {
        self.stage == Stage::Final
            && self.revisions.is_empty()
            && other.numbers.len() > self.numbers.len()
            && other.numbers.starts_with(&self.numbers)
    }

    /// Whether `other` comes after every version with the same numbers.
    pub(crate) fn has_lower_numbers_than(&self, other: &Self) -> bool {
        self.numbers < other.numbers
    }
}

/// How far from final, with the numbers that follow the word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    /// `dev`, `snapshot`, `nightly`.
    Development(Vec<u64>),
    /// `alpha`, `a`.
    Alpha(Vec<u64>),
    /// `beta`, `b`.
    Beta(Vec<u64>),
    /// `rc`, `c`, `pre`, `preview`.
    Candidate(Vec<u64>),
    /// No such word.
    Final,
}

/// Whether the tag is that of a backup which `rollback` can go back to:
/// `rollback-backup-YYYYMMDD-HHMMSS`.
pub(crate) fn is_rollback_backup(tag: &ImageTag) -> bool {
    let time = tag.as_str().strip_prefix("rollback-backup-").unwrap_or_default().as_bytes();
    time.len() == 15
        && time.iter().enumerate().all(|(index, byte)| match index {
            8 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Words with which tags of development images begin.
const DEVELOPMENT: [&str; 27] = [
    "branch",
    "bugfix",
    "canary",
    "debug",
    "dev",
    "devel",
    "develop",
    "development",
    "edge",
    "experiment",
    "experimental",
    "feat",
    "feature",
    "fix",
    "hotfix",
    "issue",
    "local",
    "nightly",
    "pr",
    "snapshot",
    "staging",
    "temp",
    "test",
    "testing",
    "tests",
    "tmp",
    "wip",
];

/// Whether the tag is that of a development image: `dev`, `test-3`,
/// `feature-login`, but not `latest` or `stable`.
pub(crate) fn is_development(tag: &str) -> bool {
    let first = tag.split(['-', '_', '.']).next().unwrap_or_default();
    DEVELOPMENT.contains(&first.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests;
