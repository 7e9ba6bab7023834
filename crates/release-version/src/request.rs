use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ReleaseVersion, Stage, VersionError};

/// What a person asks to release: a version, or which number to raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum VersionRequest {
    /// This version.
    Exact(ReleaseVersion),
    /// The next `X.0.0`.
    Major,
    /// The next `x.Y.0`.
    Minor,
    /// The next `x.y.Z`; of a pre-release, its final version.
    Patch,
    /// The next candidate: `rc.N+1` of a candidate, else `rc.1` of the next patch.
    Candidate,
}

impl VersionRequest {
    /// The version to release, given the newest one so far and all others, which
    /// show the shape of this project's versions.
    ///
    /// ```
    /// use release_version::{ReleaseVersion, VersionError, VersionRequest};
    /// let next = |request: &str, current: &str| {
    ///     let current: ReleaseVersion = current.parse()?;
    ///     let next = request.parse::<VersionRequest>()?.resolve(&current, &[])?;
    ///     Ok::<_, VersionError>(next.to_string())
    /// };
    /// assert_eq!(next("rc", "1.3.0-rc.2")?, "1.3.0-rc.3");
    /// assert_eq!(next("patch", "1.3.0-rc.2")?, "1.3.0");
    /// assert_eq!(next("minor", "26.3")?, "26.4");
    /// assert!(next("patch", "26.3").is_err());
    /// # Ok::<(), VersionError>(())
    /// ```
    ///
    /// # Errors
    /// [`VersionError::Ambiguous`] when versions of this shape have no such number,
    /// or their numbers are dates.
    pub fn resolve(
        self,
        current: &ReleaseVersion,
        others: &[ReleaseVersion],
    ) -> Result<ReleaseVersion, VersionError> {
        let next = match self {
            Self::Exact(version) => return Ok(version),
            Self::Major => raise(current, 0, others),
            Self::Minor => raise(current, 1, others),
            Self::Patch => raise(current, 2, others),
            Self::Candidate => next_candidate(current, others),
        };
        next.map_err(|reason| VersionError::Ambiguous {
            request: self.to_string(),
            current: current.to_string(),
            reason,
        })
    }
}

/// Raises the number at `index`, and is final. A pre-release already counts towards
/// the number that it leads to.
fn raise(
    current: &ReleaseVersion,
    index: usize,
    others: &[ReleaseVersion],
) -> Result<ReleaseVersion, &'static str> {
    let numbers = current.numbers;
    if numbers.count() > 3 {
        return Err("its versions have more than three numbers");
    }
    if current.is_date() && index < 2 {
        return Err("its versions are dates");
    }
    let leads_to_it = current.is_prerelease() && current.post.is_none();
    let raised = if leads_to_it && numbers.is_zero_from(index + 1) {
        Some(numbers)
    } else if index < numbers.count() {
        let count = usual_count(index, others).unwrap_or(numbers.count());
        numbers.raised(index).map(|raised| raised.with_count(count))
    } else {
        let has_more = others.iter().any(|other| other.length() > numbers.count());
        has_more.then(|| numbers.with_count(index + 1).raised(index)).flatten()
    };
    let raised = raised.ok_or("its versions do not have that number")?;
    Ok(ReleaseVersion { epoch: current.epoch, ..ReleaseVersion::from_numbers(raised) })
}

/// How many numbers the newest version has that raised this number, where projects
/// leave out zeros: 26.0, 26.0.1, 26.1.
fn usual_count(index: usize, others: &[ReleaseVersion]) -> Option<usize> {
    let alike = others.iter().filter(|other| {
        let count = other.length();
        !other.local && count <= 3 && count > index && other.numbers.is_zero_from(index + 1)
    });
    alike.max().map(ReleaseVersion::length)
}

fn next_candidate(
    current: &ReleaseVersion,
    others: &[ReleaseVersion],
) -> Result<ReleaseVersion, &'static str> {
    let leads_to_it = current.is_prerelease() && current.post.is_none();
    let numbers = if leads_to_it { current.numbers } else { raise(current, 2, others)?.numbers };
    let number = match current.stage {
        Stage::Candidate(number) if leads_to_it => {
            number.checked_add(u64::from(current.dev.is_none())).ok_or("its number is too large")?
        }
        _ => 1,
    };
    let stage = Stage::Candidate(number);
    let next = ReleaseVersion::from_numbers(numbers);
    Ok(ReleaseVersion { epoch: current.epoch, stage, ..next })
}

impl FromStr for VersionRequest {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        match text {
            "major" => Ok(Self::Major),
            "minor" => Ok(Self::Minor),
            "patch" => Ok(Self::Patch),
            "rc" => Ok(Self::Candidate),
            version => version.parse().map(Self::Exact),
        }
    }
}

impl fmt::Display for VersionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => version.fmt(f),
            Self::Major => f.write_str("major"),
            Self::Minor => f.write_str("minor"),
            Self::Patch => f.write_str("patch"),
            Self::Candidate => f.write_str("rc"),
        }
    }
}

impl TryFrom<String> for VersionRequest {
    type Error = VersionError;
    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<VersionRequest> for String {
    fn from(request: VersionRequest) -> Self {
        request.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_version;
    use proptest::{collection::vec, prelude::*};

    fn next(request: &str, current: &str, others: &[&str]) -> String {
        let read = |text: &&str| ReleaseVersion::from_pep440(text).unwrap();
        let others: Vec<ReleaseVersion> = others.iter().map(read).collect();
        let request: VersionRequest = request.parse().unwrap();
        let next = request.resolve(&read(&current), &others);
        next.map_or_else(|error| error.to_string(), |version| version.to_string())
    }

    #[test]
    fn each_request_raises_the_right_number() {
        let next = |request| next(request, "0.9.1", &[]);
        assert_eq!(
            ["major", "minor", "patch", "rc"].map(next),
            ["1.0.0", "0.10.0", "0.9.2", "0.9.2-rc.1"]
        );
    }

    #[test]
    fn a_version_keeps_its_shape_where_raising_a_number_has_one_meaning() {
        for (request, current, others, expected) in [
            ("minor", "26.3", &[][..], "26.4"),
            ("major", "26.3", &[], "27.0"),
            ("patch", "26.3", &["26.2.1"], "26.3.1"),
            ("minor", "26.2.1", &["26.2", "26.1"], "26.3"),
            ("minor", "1.2.3", &["1.2.0", "1.0"], "1.3.0"),
            ("patch", "2026.06.0", &[], "2026.06.1"),
            ("patch", "1.2.3.post1", &[], "1.2.4"),
            ("minor", "1.2.3.post1", &[], "1.3.0"),
            ("patch", "0.5.0.dev0", &["0.4.0"], "0.5.0"),
            ("minor", "0.5.0.dev0", &["0.4.0"], "0.5.0"),
            ("minor", "0.5.1.dev0", &["0.4.0"], "0.6.0"),
            ("rc", "0.5.0.dev0", &["0.4.0"], "0.5.0-rc.1"),
            ("rc", "1.0.0rc2.dev1", &[], "1.0.0-rc.2"),
            ("minor", "26.4rc1", &["26.3"], "26.4"),
            ("rc", "26.4rc1", &["26.3"], "26.4rc2"),
            ("major", "7", &[], "8"),
            ("minor", "1!2.3.4", &[], "1!2.4.0"),
            ("minor", "0.0.0", &[], "0.1.0"),
        ] {
            assert_eq!(next(request, current, others), expected, "{request} of {current}");
        }
    }

    #[test]
    fn a_number_without_one_meaning_is_refused_and_the_version_asked_for() {
        for (request, current, reason) in [
            ("patch", "26.3", "its versions do not have that number"),
            ("rc", "26.3", "its versions do not have that number"),
            ("minor", "7", "its versions do not have that number"),
            ("patch", "2.32.4.20250611", "its versions have more than three numbers"),
            ("minor", "2026.06.0", "its versions are dates"),
            ("major", "2026.6.1", "its versions are dates"),
        ] {
            let expected = format!(
                "`{request}` of {current} is ambiguous: {reason}; name the version to release"
            );
            assert_eq!(next(request, current, &[]), expected);
        }
    }

    proptest! {
        #[test]
        fn every_number_that_can_be_raised_gives_a_higher_version(
            current in any_version(), others in vec(any_version(), 0..6),
        ) {
            use VersionRequest::{Candidate, Major, Minor, Patch};
            for request in [Major, Minor, Patch, Candidate] {
                if let Ok(next) = request.resolve(&current, &others) {
                    prop_assert!(next > current, "{request} of {current}: {next}");
                }
            }
        }
    }
}
