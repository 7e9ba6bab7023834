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
    /// The version asked for, given the newest one so far.
    ///
    /// ```
    /// use release_version::VersionRequest;
    /// let current = "1.3.0-rc.2".parse()?;
    /// let next = |word: &str| Ok::<_, release_version::VersionError>(
    ///     word.parse::<VersionRequest>()?.resolve(&current).to_string());
    /// assert_eq!(next("rc")?, "1.3.0-rc.3");
    /// assert_eq!(next("patch")?, "1.3.0");
    /// assert_eq!(next("minor")?, "1.3.0");
    /// assert_eq!(next("major")?, "2.0.0");
    /// # Ok::<(), release_version::VersionError>(())
    /// ```
    #[must_use]
    pub fn resolve(self, current: &ReleaseVersion) -> ReleaseVersion {
        let ReleaseVersion { major, minor, patch, stage } = *current;
        // A pre-release already counts towards the number that it leads to.
        let step = u64::from(!current.is_prerelease());
        match self {
            Self::Exact(version) => version,
            Self::Major if minor == 0 && patch == 0 => ReleaseVersion::new(major + step, 0, 0),
            Self::Major => ReleaseVersion::new(major + 1, 0, 0),
            Self::Minor if patch == 0 => ReleaseVersion::new(major, minor + step, 0),
            Self::Minor => ReleaseVersion::new(major, minor + 1, 0),
            Self::Patch => ReleaseVersion::new(major, minor, patch + step),
            Self::Candidate => {
                let number = if let Stage::Candidate(n) = stage { n + 1 } else { 1 };
                let patch = patch + step;
                ReleaseVersion { stage: Stage::Candidate(number), major, minor, patch }
            }
        }
    }
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
    use crate::version::tests::any_version;
    use proptest::prelude::*;

    #[test]
    fn words_raise_the_right_number() {
        let current = ReleaseVersion::new(0, 9, 1);
        for (word, expected) in
            [("major", "1.0.0"), ("minor", "0.10.0"), ("patch", "0.9.2"), ("rc", "0.9.2-rc.1")]
        {
            let next = word.parse::<VersionRequest>().unwrap().resolve(&current);
            assert_eq!(next.to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn every_word_gives_a_higher_version(current in any_version()) {
            use VersionRequest::{Candidate, Major, Minor, Patch};
            for request in [Major, Minor, Patch, Candidate] {
                prop_assert!(request.resolve(&current) > current, "{request} of {current}");
            }
        }
    }
}
