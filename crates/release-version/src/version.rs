use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::VersionError;

/// How far a version is from final. The order is that of SemVer and PEP 440.
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

/// A version that SemVer and PEP 440 read and order alike. Displays as SemVer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseVersion {
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
    /// Third number.
    pub patch: u64,
    /// Pre-release stage, or final.
    pub stage: Stage,
}

impl ReleaseVersion {
    /// A final version.
    #[must_use]
    pub fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch, stage: Stage::Final }
    }

    /// The spelling of Python's indexes, normalised: `1.0.0rc1`.
    #[must_use]
    pub fn pep440(&self) -> String {
        let numbers = format!("{}.{}.{}", self.major, self.minor, self.patch);
        match self.stage {
            Stage::Alpha(n) => format!("{numbers}a{n}"),
            Stage::Beta(n) => format!("{numbers}b{n}"),
            Stage::Candidate(n) => format!("{numbers}rc{n}"),
            Stage::Final => numbers,
        }
    }

    /// Whether installers and floating tags leave it alone unless asked.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.stage != Stage::Final
    }

    /// The version that a published PEP 440 text names. Post-releases,
    /// development releases and versions of other lengths belong to no
    /// release of ours: `None`, except that `1.0` is `1.0.0`.
    #[must_use]
    pub fn from_pep440(text: &str) -> Option<Self> {
        let version: pep440_rs::Version = text.parse().ok()?;
        let plain = version.epoch() == 0
            && version.post().is_none()
            && version.dev().is_none()
            && !version.is_local();
        let release = version.release();
        let number = |index: usize| release.get(index).copied().unwrap_or(0);
        let stage = match version.pre() {
            None => Stage::Final,
            Some(pre) => stage_of(pre),
        };
        (plain && release.iter().skip(3).all(|&n| n == 0))
            .then(|| Self { stage, ..Self::new(number(0), number(1), number(2)) })
    }
}

fn stage_of(pre: pep440_rs::Prerelease) -> Stage {
    match pre.kind {
        pep440_rs::PrereleaseKind::Alpha => Stage::Alpha(pre.number),
        pep440_rs::PrereleaseKind::Beta => Stage::Beta(pre.number),
        pep440_rs::PrereleaseKind::Rc => Stage::Candidate(pre.number),
    }
}

impl FromStr for ReleaseVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        match text.parse::<semver::Version>() {
            Ok(version) => from_semver(text, &version),
            Err(_) => from_python_spelling(text),
        }
    }
}

fn from_semver(text: &str, version: &semver::Version) -> Result<ReleaseVersion, VersionError> {
    let numbers = ReleaseVersion::new(version.major, version.minor, version.patch);
    if !version.build.is_empty() {
        let reason = "public indexes take no local versions (`+…`)";
        return Err(not_portable(text, reason, Some(numbers)));
    }
    let parts: Vec<&str> = version.pre.split('.').collect();
    let number = match parts.get(1) {
        None => Some(0),
        Some(digits) => digits.parse().ok().filter(|_| parts.len() == 2),
    };
    let at = |stage| Some(ReleaseVersion { stage, ..numbers });
    match (parts[0], number) {
        ("", _) => Ok(numbers),
        ("alpha", Some(n)) => Ok(ReleaseVersion { stage: Stage::Alpha(n), ..numbers }),
        ("beta", Some(n)) => Ok(ReleaseVersion { stage: Stage::Beta(n), ..numbers }),
        ("rc", Some(n)) => Ok(ReleaseVersion { stage: Stage::Candidate(n), ..numbers }),
        ("dev", n) => Err(not_portable(
            text,
            "a development release sorts below alpha in PEP 440 and above it in SemVer",
            at(Stage::Alpha(n.unwrap_or(0))),
        )),
        ("pre" | "preview" | "c", n) => Err(not_portable(
            text,
            "Python's indexes would store it as a release candidate, where it can collide",
            at(Stage::Candidate(n.unwrap_or(0))),
        )),
        ("r" | "rev" | "post", _) => Err(post_release(text, numbers)),
        (digits, _) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Err(post_release(text, numbers))
        }
        _ => Err(not_portable(
            text,
            "PEP 440 knows only alpha, beta and rc with one number",
            at(Stage::Candidate(1)),
        )),
    }
}

fn post_release(text: &str, numbers: ReleaseVersion) -> VersionError {
    let reason = "Python's indexes would read this pre-release as a post-release";
    not_portable(text, reason, Some(ReleaseVersion { patch: numbers.patch + 1, ..numbers }))
}

fn not_portable(
    text: &str,
    reason: &'static str,
    suggestion: Option<ReleaseVersion>,
) -> VersionError {
    let suggestion = suggestion.map(|version| version.to_string());
    VersionError::NotPortable { text: text.to_owned(), reason, suggestion }
}

/// Not SemVer: Python's own spelling of a pre-release is fine; anything else
/// that PEP 440 can read becomes a suggestion.
fn from_python_spelling(text: &str) -> Result<ReleaseVersion, VersionError> {
    let bare = text.trim().trim_start_matches(['v', 'V', '=']);
    let intended = ReleaseVersion::from_pep440(bare);
    match intended {
        Some(version) if version.pep440() == text => Ok(version),
        _ => Err(VersionError::Malformed {
            text: text.to_owned(),
            suggestion: intended.map(|version| version.to_string()),
        }),
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        match self.stage {
            Stage::Alpha(n) => write!(f, "-alpha.{n}"),
            Stage::Beta(n) => write!(f, "-beta.{n}"),
            Stage::Candidate(n) => write!(f, "-rc.{n}"),
            Stage::Final => Ok(()),
        }
    }
}

impl TryFrom<String> for ReleaseVersion {
    type Error = VersionError;
    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<ReleaseVersion> for String {
    fn from(version: ReleaseVersion) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(text: &str) -> String {
        text.parse::<ReleaseVersion>().unwrap_err().to_string()
    }

    #[test]
    fn both_spellings_of_a_candidate_are_the_same_version() {
        let [semver, python]: [ReleaseVersion; 2] =
            ["1.0.0-rc.1", "1.0.0rc1"].map(|text| text.parse().unwrap());
        assert_eq!(semver, python);
    }

    #[test]
    fn the_traps_of_the_table_are_refused_with_a_suggestion() {
        for (trap, suggestion) in [
            ("1.0.0-dev.3", "1.0.0-alpha.3"),
            ("1.0.0-pre.1", "1.0.0-rc.1"),
            ("1.0.0-1", "1.0.1"),
            ("1.0.0-r.1", "1.0.1"),
            ("1.0.0+b5", "1.0.0"),
            ("1.0.0-rc.1.2", "1.0.0-rc.1"),
            ("1.0.0-nightly.20240101", "1.0.0-rc.1"),
            ("1.0.0-alpha.beta", "1.0.0-rc.1"),
            ("1.0", "1.0.0"),
            ("v1.0.0", "1.0.0"),
            ("1.0.0RC1", "1.0.0-rc.1"),
            ("01.2.3", "1.2.3"),
        ] {
            let text = message(trap);
            assert!(text.ends_with(&format!("did you mean `{suggestion}`?")), "{trap}: {text}");
        }
    }

    #[test]
    fn words_are_no_versions() {
        assert_eq!(message("newest"), "`newest` is not a version");
    }

    #[test]
    fn post_and_development_releases_of_others_are_not_ours() {
        for text in ["1.0.0.post1", "1.0.0.dev1", "1!1.0.0", "1.0.0+local", "1.2.3.4", "x"] {
            assert_eq!(ReleaseVersion::from_pep440(text), None, "{text}");
        }
        assert_eq!(ReleaseVersion::from_pep440("1.0"), Some(ReleaseVersion::new(1, 0, 0)));
    }

    pub(crate) fn any_version() -> impl Strategy<Value = ReleaseVersion> {
        let stage = prop_oneof![
            (0u64..5).prop_map(Stage::Alpha),
            (0u64..5).prop_map(Stage::Beta),
            (0u64..5).prop_map(Stage::Candidate),
            Just(Stage::Final),
        ];
        (0u64..4, 0u64..4, 0u64..4, stage).prop_map(|(major, minor, patch, stage)| ReleaseVersion {
            major,
            minor,
            patch,
            stage,
        })
    }

    proptest! {
        #[test]
        fn semver_and_pep440_order_all_versions_alike(a in any_version(), b in any_version()) {
            let semver = |v: &ReleaseVersion| v.to_string().parse::<semver::Version>().unwrap();
            let python = |v: &ReleaseVersion| v.pep440().parse::<pep440_rs::Version>().unwrap();
            prop_assert_eq!(a.cmp(&b), semver(&a).cmp(&semver(&b)));
            prop_assert_eq!(a.cmp(&b), python(&a).cmp(&python(&b)));
        }

        #[test]
        fn both_spellings_parse_back(version in any_version()) {
            prop_assert_eq!(version.to_string().parse(), Ok(version));
            prop_assert_eq!(version.pep440().parse(), Ok(version));
            prop_assert_eq!(ReleaseVersion::from_pep440(&version.pep440()), Some(version));
        }
    }
}
