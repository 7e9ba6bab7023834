use std::{fmt, str::FromStr};

/// A version of the engine's HTTP API, such as 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    /// Before the point; it has always been 1.
    pub major: u16,
    /// After the point.
    pub minor: u16,
}

impl ApiVersion {
    /// Engine 20.10, the oldest in a supported distribution.
    pub const LOWEST: Self = Self { major: 1, minor: 41 };
    /// Engine 27: the newest whose responses this crate was written for. Newer
    /// engines still support it.
    pub const HIGHEST: Self = Self { major: 1, minor: 47 };
}

/// Why there is no common version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsupported {
    /// The engine supports older versions only.
    TooOld,
    /// The engine supports newer versions only.
    TooNew,
}

/// The version to use with an engine that supports `oldest` to `newest`.
pub(crate) fn negotiate(oldest: ApiVersion, newest: ApiVersion) -> Result<ApiVersion, Unsupported> {
    if newest < ApiVersion::LOWEST {
        return Err(Unsupported::TooOld);
    }
    if oldest > ApiVersion::HIGHEST {
        return Err(Unsupported::TooNew);
    }
    Ok(newest.min(ApiVersion::HIGHEST))
}

impl FromStr for ApiVersion {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { major: major.parse()?, minor: minor.parse()? })
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ApiVersion {
        text.parse().unwrap()
    }

    #[test]
    fn the_older_of_both_newest_versions_is_used() {
        for (oldest, newest, expected) in [
            ("1.12", "1.41", Ok(version("1.41"))),
            ("1.44", "1.53", Ok(ApiVersion::HIGHEST)),
            ("1.12", "1.39", Err(Unsupported::TooOld)),
            ("1.60", "1.70", Err(Unsupported::TooNew)),
        ] {
            assert_eq!(negotiate(version(oldest), version(newest)), expected, "{oldest}-{newest}");
        }
    }

    #[test]
    fn versions_are_compared_as_numbers_and_not_as_texts() {
        assert!(version("1.9") < version("1.41"));
        assert!("one".parse::<ApiVersion>().is_err());
    }
}
