use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

use crate::{VersionError, numbers::Numbers};

/// From this on a first number is a year.
const FIRST_YEAR: u64 = 1990;

/// How far the numbers of a version are from final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// `-alpha.N`, `aN`.
    Alpha(u64),
    /// `-beta.N`, `bN`.
    Beta(u64),
    /// `-rc.N`, `rcN`.
    Candidate(u64),
    /// No suffix.
    Final,
}

/// A version of a release, as PEP 440 reads and orders it: `1.4.0`, `1.4.0-rc.1`,
/// `26.3`, `2026.06.0`, `1.2.3.post1`, `0.5.0.dev0`, `1!2.0`.
///
/// It keeps the shape in which it was written. It displays as SemVer when SemVer has
/// the same version (three numbers and a stage), else in Python's spelling. Shape does
/// not count when versions are compared: `1.0` equals `1.0.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseVersion {
    pub(crate) epoch: u64,
    pub(crate) numbers: Numbers,
    pub(crate) stage: Stage,
    pub(crate) post: Option<u64>,
    pub(crate) dev: Option<u64>,
    /// Whether it has a local part (`1.0+cu118`). Indexes of other people have such
    /// versions; nobody releases one here.
    pub(crate) local: bool,
}

impl ReleaseVersion {
    /// The version before the first release: `0.0.0`.
    pub const ZERO: Self = Self::from_numbers(Numbers::ZERO);

    /// A final version of three numbers.
    #[must_use]
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self::from_numbers(Numbers::three(major, minor, patch))
    }

    pub(crate) const fn from_numbers(numbers: Numbers) -> Self {
        Self { epoch: 0, numbers, stage: Stage::Final, post: None, dev: None, local: false }
    }

    /// First number.
    #[must_use]
    pub fn major(&self) -> u64 {
        self.numbers.get(0)
    }

    /// Second number; zero when it is not written.
    #[must_use]
    pub fn minor(&self) -> u64 {
        self.numbers.get(1)
    }

    /// Third number; zero when it is not written.
    #[must_use]
    pub fn patch(&self) -> u64 {
        self.numbers.get(2)
    }

    /// How many numbers it is written with: 3 of `1.4.0`.
    #[must_use]
    pub fn length(&self) -> usize {
        self.numbers.count()
    }

    /// Whether its first number is a year, so that its numbers are a date.
    #[must_use]
    pub fn is_date(&self) -> bool {
        self.major() >= FIRST_YEAR
    }

    /// Whether both are fixes of the same `major.minor`.
    #[must_use]
    pub fn is_same_minor(&self, other: &Self) -> bool {
        (self.epoch, self.major(), self.minor()) == (other.epoch, other.major(), other.minor())
    }

    /// Whether installers and floating tags leave it alone unless asked.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.stage != Stage::Final || self.dev.is_some()
    }

    /// The spelling of Python's indexes, normalised: `1.0.0rc1`, `2026.6.0`.
    #[must_use]
    pub fn pep440(&self) -> String {
        self.python_spelling(&self.numbers.normalized())
    }

    /// The spelling of Python with the leading zeros that the version is written with:
    /// `2026.06.0`.
    #[must_use]
    pub fn pep440_as_written(&self) -> String {
        self.python_spelling(&self.numbers.to_string())
    }

    /// The spelling of Python for a place that states another version: without the leading
    /// zeros of a calendar version where that shows that the place has none.
    ///
    /// ```
    /// let version: release_version::ReleaseVersion = "2027.01.0".parse()?;
    /// assert_eq!(version.pep440_like("2026.06.0"), "2027.01.0");
    /// assert_eq!(version.pep440_like("2026.6.0"), "2027.1.0");
    /// assert_eq!(version.pep440_like("2026.12.0"), "2027.01.0"); // December shows nothing.
    /// # Ok::<(), release_version::VersionError>(())
    /// ```
    #[must_use]
    pub fn pep440_like(&self, stated: &str) -> String {
        let numbers = match Self::from_pep440(stated) {
            Some(other) => self.numbers.padded_like(&other.numbers),
            None => self.numbers,
        };
        self.python_spelling(&numbers.to_string())
    }

    fn python_spelling(&self, numbers: &str) -> String {
        let epoch = if self.epoch == 0 { String::new() } else { format!("{}!", self.epoch) };
        let stage = match self.stage {
            Stage::Alpha(number) => format!("a{number}"),
            Stage::Beta(number) => format!("b{number}"),
            Stage::Candidate(number) => format!("rc{number}"),
            Stage::Final => String::new(),
        };
        let post = self.post.map(|number| format!(".post{number}")).unwrap_or_default();
        let dev = self.dev.map(|number| format!(".dev{number}")).unwrap_or_default();
        [epoch.as_str(), numbers, &stage, &post, &dev].concat()
    }

    /// Whether this is one of its own spellings: SemVer's, or Python's with the
    /// leading zeros that it has.
    pub(crate) fn is_spelled(&self, text: &str) -> bool {
        self.to_string() == text || self.python_spelling(&self.numbers.to_string()) == text
    }

    /// Whether SemVer has the same version.
    fn is_semver(&self) -> bool {
        let has_more = self.epoch != 0 || self.post.is_some() || self.dev.is_some();
        self.numbers.count() == 3 && !self.numbers.is_padded() && !has_more
    }

    /// What PEP 440 orders by (PEP 440, "Summary of permitted suffixes and relative
    /// ordering"): a development release of a final version comes before its alphas,
    /// no post-release before the first, a development release before what it leads to.
    fn order(&self) -> impl Ord {
        let only_dev = self.dev.is_some() && self.post.is_none() && self.stage == Stage::Final;
        let dev = self.dev.map_or((true, 0), |number| (false, number));
        (self.epoch, self.numbers, !only_dev, self.stage, self.post, dev, self.local)
    }
}

impl PartialOrd for ReleaseVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ReleaseVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.numbers;
        match self.stage {
            Stage::Alpha(number) if self.is_semver() => write!(f, "{numbers}-alpha.{number}"),
            Stage::Beta(number) if self.is_semver() => write!(f, "{numbers}-beta.{number}"),
            Stage::Candidate(number) if self.is_semver() => write!(f, "{numbers}-rc.{number}"),
            _ => f.write_str(&self.python_spelling(&numbers.to_string())),
        }
    }
}

impl TryFrom<String> for ReleaseVersion {
    type Error = VersionError;
    /// Also in spellings that are not released but exist, such as `01.2.3`: records
    /// name what was found.
    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse().or_else(|error| Self::from_pep440(&text).ok_or(error))
    }
}

impl From<ReleaseVersion> for String {
    fn from(version: ReleaseVersion) -> Self {
        version.to_string()
    }
}
