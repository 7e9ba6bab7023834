use image_ref::Platform;
use serde::{Deserialize, Serialize};

/// The platform of an index entry, and the head of an image's config: the two
/// have the same fields (OCI image specification 1.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DescriptorPlatform {
    /// Go's name of the architecture; `unknown` for attestations.
    #[serde(default)]
    pub architecture: String,
    /// Go's name of the operating system; `unknown` for attestations.
    #[serde(default)]
    pub os: String,
    /// Build of the operating system; stated for Windows.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Needed features of the operating system.
    #[serde(rename = "os.features", default, skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// Variant of the architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl DescriptorPlatform {
    /// The platform that an image's config states, if it does.
    #[must_use]
    pub fn from_config(config: &[u8]) -> Option<Self> {
        serde_json::from_slice(config).ok().filter(Self::is_stated)
    }

    /// Whether it names a machine: neither empty nor `unknown`.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        [&self.os, &self.architecture].iter().all(|name| !name.is_empty() && *name != "unknown")
    }

    /// Whether an image for this runs where the other one does.
    #[must_use]
    pub fn same_machine(&self, other: &Self) -> bool {
        Platform::from(self).matches(&other.into())
            && self.os_version == other.os_version
            && self.os_features == other.os_features
    }
}

impl From<&DescriptorPlatform> for Platform {
    fn from(described: &DescriptorPlatform) -> Self {
        let variant = described.variant.clone().filter(|variant| !variant.is_empty());
        Self { variant, ..Self::new(&described.os, &described.architecture) }
    }
}

impl From<Platform> for DescriptorPlatform {
    fn from(platform: Platform) -> Self {
        Self::from(&platform)
    }
}

impl From<&Platform> for DescriptorPlatform {
    fn from(platform: &Platform) -> Self {
        Self {
            architecture: platform.architecture.clone(),
            os: platform.os.clone(),
            os_version: None,
            os_features: Vec::new(),
            variant: platform.variant.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_builds_are_different_machines() {
        let [older, newer] = ["10.0.17763", "10.0.20348"].map(|build| DescriptorPlatform {
            os_version: Some(build.to_owned()),
            ..Platform::new("windows", "amd64").into()
        });
        assert!(!older.same_machine(&newer));
    }
}
