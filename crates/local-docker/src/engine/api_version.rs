use std::{fmt, str::FromStr};

/// A version of the engine's HTTP API, such as 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    /// Before the point; 1 since ever.
    pub major: u16,
    /// After the point.
    pub minor: u16,
}

impl ApiVersion {
    /// Engine 20.10, the oldest in a supported distribution.
    pub const LOWEST: Self = Self { major: 1, minor: 41 };
    /// Engine 27: the newest whose answers this crate was written for. Newer
    /// engines answer in it when asked to.
    pub const HIGHEST: Self = Self { major: 1, minor: 47 };
}

/// What to speak with an engine that offers `oldest` to `newest`.
pub(super) fn negotiate(oldest: ApiVersion, newest: ApiVersion) -> Negotiated {
    if newest < ApiVersion::LOWEST {
        return Negotiated::TooOld;
    }
    if oldest > ApiVersion::HIGHEST {
        return Negotiated::TooNew;
    }
    Negotiated::Speak(newest.min(ApiVersion::HIGHEST))
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Negotiated {
    Speak(ApiVersion),
    TooOld,
    TooNew,
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
    fn the_older_of_both_newest_versions_is_spoken() {
        let outcome = |oldest, newest| negotiate(version(oldest), version(newest));
        assert_eq!(outcome("1.12", "1.41"), Negotiated::Speak(version("1.41")));
        assert_eq!(outcome("1.44", "1.53"), Negotiated::Speak(ApiVersion::HIGHEST));
        assert_eq!(outcome("1.12", "1.39"), Negotiated::TooOld);
        assert_eq!(outcome("1.60", "1.70"), Negotiated::TooNew);
    }

    #[test]
    fn versions_are_numbers_and_not_texts() {
        assert!(version("1.9") < version("1.41"));
        assert!("one".parse::<ApiVersion>().is_err());
    }
}
