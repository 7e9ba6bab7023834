//! Reads versions: strictly what somebody wants to release, leniently what others
//! have published.

use std::str::FromStr;

use pep440_rs::{Prerelease, PrereleaseKind, Version};

use crate::{ReleaseVersion, Stage, VersionError, numbers::Numbers};

impl ReleaseVersion {
    /// The version that a published text names, in any spelling that PEP 440 reads
    /// (`v1.0`, `1.0.0RC1`, `1.0+local`). `None` when it reads none, or one of more
    /// than six numbers: the caller decides what that means, it is not absence.
    #[must_use]
    pub fn from_pep440(text: &str) -> Option<Self> {
        let version: Version = text.trim().parse().ok()?;
        let bare = text.trim().trim_start_matches(['v', 'V']);
        let after_epoch = bare.split_once('!').map_or(bare, |(_, rest)| rest);
        let numbers = Numbers::from_prefix(after_epoch)?;
        // The same text, read twice: they cannot differ.
        (numbers.as_slice() == version.release()).then_some(Self {
            epoch: version.epoch(),
            numbers,
            stage: version.pre().map_or(Stage::Final, stage_of),
            post: version.post(),
            dev: version.dev(),
            local: version.is_local(),
        })
    }
}

/// Whether PEP 440 reads a text, also where that is a version of more numbers, or of larger
/// ones, than [`ReleaseVersion`] has. Installers ignore what it does not read, or take it for
/// older than everything else.
///
/// ```
/// assert!(release_version::is_pep440("1.2.3.4.5.6.7.8"));
/// assert!(!release_version::is_pep440("2004d"));
/// ```
#[must_use]
pub fn is_pep440(text: &str) -> bool {
    short_numbers(text).parse::<Version>().is_ok()
}

/// The text with no more than nine digits of each number: how large numbers are does not
/// matter for the grammar.
fn short_numbers(text: &str) -> String {
    let mut digits = 0;
    let is_kept = |c: &char| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits <= 9
    };
    text.trim().chars().filter(is_kept).collect()
}

fn stage_of(pre: Prerelease) -> Stage {
    match pre.kind {
        PrereleaseKind::Alpha => Stage::Alpha(pre.number),
        PrereleaseKind::Beta => Stage::Beta(pre.number),
        PrereleaseKind::Rc => Stage::Candidate(pre.number),
    }
}

impl FromStr for ReleaseVersion {
    type Err = VersionError;

    /// Reads a version to release: SemVer where PEP 440 means the same, or Python's
    /// own spelling.
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
        return Err(local_version(text, numbers));
    }
    let parts: Vec<&str> = version.pre.split('.').collect();
    let number = match parts.get(1) {
        None => Some(0),
        Some(digits) => digits.parse().ok().filter(|_| parts.len() == 2),
    };
    let with_stage = |stage| ReleaseVersion { stage, ..numbers };
    match (parts[0], number) {
        ("", _) => Ok(numbers),
        ("alpha", Some(n)) => Ok(with_stage(Stage::Alpha(n))),
        ("beta", Some(n)) => Ok(with_stage(Stage::Beta(n))),
        ("rc", Some(n)) => Ok(with_stage(Stage::Candidate(n))),
        ("dev", n) => Err(not_portable(
            text,
            "a development release sorts below alpha in PEP 440 and above it in SemVer",
            with_stage(Stage::Alpha(n.unwrap_or(0))),
        )),
        ("pre" | "preview" | "c", n) => Err(not_portable(
            text,
            "Python's indexes would store it as a release candidate, where it can collide",
            with_stage(Stage::Candidate(n.unwrap_or(0))),
        )),
        ("r" | "rev" | "post", _) => Err(post_release(text, &numbers)),
        (digits, _) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Err(post_release(text, &numbers))
        }
        _ => Err(not_portable(
            text,
            "PEP 440 has only alpha, beta and rc with one number",
            with_stage(Stage::Candidate(1)),
        )),
    }
}

fn local_version(text: &str, public: ReleaseVersion) -> VersionError {
    not_portable(text, "public indexes take no local versions (`+…`)", public)
}

fn post_release(text: &str, numbers: &ReleaseVersion) -> VersionError {
    let reason = "Python's indexes would read this pre-release as a post-release";
    let next =
        ReleaseVersion::new(numbers.major(), numbers.minor(), numbers.patch().saturating_add(1));
    not_portable(text, reason, next)
}

fn not_portable(text: &str, reason: &'static str, suggestion: ReleaseVersion) -> VersionError {
    VersionError::NotPortable {
        text: text.to_owned(),
        reason,
        suggestion: Some(suggestion.to_string()),
    }
}

/// Not SemVer: Python's own spelling, normalised except for leading zeros of a
/// calendar version, is fine; anything else that PEP 440 reads becomes a suggestion.
fn from_python_spelling(text: &str) -> Result<ReleaseVersion, VersionError> {
    let read = ReleaseVersion::from_pep440(text.trim().trim_start_matches('='));
    match read {
        Some(version) if version.local => {
            Err(local_version(text, ReleaseVersion { local: false, ..version }))
        }
        Some(version) if is_exact(&version, text) => Ok(version),
        _ => Err(VersionError::Malformed {
            text: text.to_owned(),
            suggestion: read.map(|version| suggestion(&version)),
        }),
    }
}

/// A first number with leading zeros is a mistake; a month is not.
fn is_exact(version: &ReleaseVersion, text: &str) -> bool {
    version.numbers.text(0) == version.major().to_string() && version.is_spelled(text)
}

fn suggestion(version: &ReleaseVersion) -> String {
    let normalized = ReleaseVersion::from_pep440(&version.pep440());
    normalized.unwrap_or(*version).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{any_version, semver_version};

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
    fn every_shape_of_pep440_is_kept_as_it_is_written() {
        for text in [
            "1.4.0",
            "26.3",
            "7",
            "2.32.4.20250611",
            "2026.06.0",
            "26.06",
            "1.2.3.post1",
            "0.5.0.dev0",
            "1!2.0",
            "26.4rc1",
            "1.0a1.post2.dev3",
            "1.2.3-rc.1",
        ] {
            assert_eq!(text.parse::<ReleaseVersion>().unwrap().to_string(), text);
        }
        assert_eq!("2026.06.0".parse::<ReleaseVersion>().unwrap().pep440(), "2026.6.0");
    }

    #[test]
    fn the_traps_of_the_table_are_refused_with_a_suggestion() {
        for (trap, suggestion) in [
            ("1.0.0-dev.3", "1.0.0-alpha.3"),
            ("1.0.0-pre.1", "1.0.0-rc.1"),
            ("1.0.0-1", "1.0.1"),
            ("1.0.0-r.1", "1.0.1"),
            ("1.0.0+b5", "1.0.0"),
            ("1.0+b5", "1.0"),
            ("1.0.0-rc.1.2", "1.0.0-rc.1"),
            ("1.0.0-nightly.20240101", "1.0.0-rc.1"),
            ("1.0.0-alpha.beta", "1.0.0-rc.1"),
            ("v1.0.0", "1.0.0"),
            ("1.0.0RC1", "1.0.0-rc.1"),
            ("26.4-rc1", "26.4rc1"),
            ("01.2.3", "1.2.3"),
        ] {
            let text = message(trap);
            assert!(text.ends_with(&format!("did you mean `{suggestion}`?")), "{trap}: {text}");
        }
    }

    #[test]
    fn a_name_is_no_version() {
        assert_eq!(message("newest"), "`newest` is not a version");
    }

    #[test]
    fn published_versions_are_read_in_every_spelling() {
        for (text, same) in [
            ("1.0", "1.0.0"),
            ("v1.0", "1.0"),
            ("1.0.0RC1", "1.0.0-rc.1"),
            ("1.0-1", "1.0.post1"),
            ("2026.6", "2026.06"),
            ("1.0.0.0.0.0", "1"),
        ] {
            assert_eq!(ReleaseVersion::from_pep440(text), same.parse().ok(), "{text}");
        }
        for (text, allowed) in [
            ("x", false),
            ("2004d", false),
            ("0.1-foo", false),
            ("1.2.3.4.5.6.7", true),
            ("99999999999999999999999", true),
            ("1.0rc99999999999999999999999", true),
        ] {
            assert_eq!(ReleaseVersion::from_pep440(text), None, "{text}");
            assert_eq!(is_pep440(text), allowed, "{text}");
        }
    }

    #[test]
    fn a_local_version_is_higher_than_the_public_one_and_lower_than_the_next() {
        let read = |text| ReleaseVersion::from_pep440(text).unwrap();
        assert!(read("1.0+cu118") > read("1.0") && read("1.0+cu118") < read("1.0.post1"));
    }

    proptest! {
        #[test]
        fn semver_orders_its_versions_alike(a in semver_version(), b in semver_version()) {
            let semver = |v: &ReleaseVersion| v.to_string().parse::<semver::Version>().unwrap();
            prop_assert_eq!(a.cmp(&b), semver(&a).cmp(&semver(&b)));
        }

        #[test]
        fn the_order_is_that_of_pep440(a in any_version(), b in any_version()) {
            let python = |v: &ReleaseVersion| v.pep440().parse::<Version>().unwrap();
            prop_assert_eq!(a.cmp(&b), python(&a).cmp(&python(&b)));
            prop_assert_eq!(a == b, python(&a) == python(&b));
        }

        #[test]
        fn both_spellings_parse_back(version in any_version()) {
            prop_assert_eq!(version.to_string().parse(), Ok(version));
            prop_assert_eq!(ReleaseVersion::from_pep440(&version.pep440()), Some(version));
            prop_assert_eq!(
                version.to_string().parse::<ReleaseVersion>().unwrap().to_string(),
                version.to_string()
            );
        }
    }
}
