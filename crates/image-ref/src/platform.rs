use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ParseError, string_conversions};

/// Operating system, architecture and optional variant: `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform {
    /// Go's name of the operating system, such as `linux`.
    pub os: String,
    /// Go's name of the architecture, such as `amd64`.
    pub architecture: String,
    /// Variant of the architecture, such as `v7`.
    pub variant: Option<String>,
}

impl Platform {
    /// A platform without a variant.
    #[must_use]
    pub fn new(os: &str, architecture: &str) -> Self {
        Self { os: os.to_owned(), architecture: architecture.to_owned(), variant: None }
    }

    /// The platform of the machine this program runs on, as containers see it:
    /// always `linux`.
    #[must_use]
    pub fn host() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            other => other,
        };
        Self::new("linux", architecture)
    }

    /// Whether both name the same machine. `arm64` means `arm64/v8`, as
    /// containerd's normalisation has it.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && self.normal_variant() == other.normal_variant()
    }

    fn normal_variant(&self) -> Option<&str> {
        match (self.architecture.as_str(), self.variant.as_deref()) {
            ("arm64", Some("v8")) | ("amd64", Some("v1")) => None,
            ("arm", None) => Some("v7"),
            (_, variant) => variant,
        }
    }
}

impl FromStr for Platform {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let valid = |part: &&str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [os, architecture, rest @ ..] if rest.len() < 2 && parts.iter().all(valid) => {
                Ok(Self {
                    variant: rest.first().map(ToString::to_string),
                    ..Self::new(os, architecture)
                })
            }
            _ => Err(ParseError::Platform(text.to_owned())),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

string_conversions!(Platform);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arm64_and_its_only_variant_are_the_same_machine() {
        let [plain, v8, v7]: [Platform; 3] =
            ["linux/arm64", "linux/arm64/v8", "linux/arm/v7"].map(|text| text.parse().unwrap());
        assert!(plain.matches(&v8));
        assert!(!plain.matches(&v7));
        assert_eq!(v7.to_string(), "linux/arm/v7");
    }

    #[test]
    fn a_platform_needs_both_parts() {
        for text in ["linux", "linux/", "linux/arm/v7/x", "Linux/amd64"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
