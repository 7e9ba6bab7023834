//! The content of a forge as plain values, for comparisons in tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::release::{Asset, ForgeRelease};
use super::releases::Releases;

/// The content of a forge, without times and IDs: equal states look the same to every client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeState {
    /// The releases, including drafts, by tag and then in order of creation.
    pub releases: Vec<ForgeReleaseState>,
    /// Tag names and the objects to which they point.
    pub tags: BTreeMap<String, String>,
}

/// A release of a [`ForgeState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeReleaseState {
    /// The name of the tag, which need not exist while the release is a draft.
    pub tag_name: String,
    /// The title.
    pub name: Option<String>,
    /// The notes.
    pub body: Option<String>,
    /// Whether it is visible only with the permission to push.
    pub draft: bool,
    /// Whether it is marked as not ready for production.
    pub prerelease: bool,
    /// Whether it is the latest release, to which users are directed.
    pub latest: bool,
    /// Whether its tag and assets can no longer change.
    pub immutable: bool,
    /// The assets by name.
    pub assets: BTreeMap<String, AssetState>,
}

/// An asset of a [`ForgeReleaseState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetState {
    /// The media type.
    pub content_type: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 in hexadecimal; absent if the upload was interrupted.
    pub sha256: Option<String>,
}

impl ForgeState {
    pub(super) fn capture(releases: &Releases, tags: BTreeMap<String, String>) -> Self {
        let latest = releases.latest().ok().map(|release| release.id);
        let mut sorted = releases.list(true);
        sorted.sort_by(|a, b| (&a.tag_name, a.id).cmp(&(&b.tag_name, b.id)));
        let states =
            sorted.into_iter().map(|release| ForgeReleaseState::with_latest(release, latest));
        Self { releases: states.collect(), tags }
    }
}

impl ForgeReleaseState {
    fn with_latest(release: &ForgeRelease, latest: Option<u64>) -> Self {
        let assets = release.assets.iter();
        Self {
            tag_name: release.tag_name.clone(),
            name: release.name.clone(),
            body: release.body.clone(),
            draft: release.draft,
            prerelease: release.prerelease,
            latest: latest == Some(release.id),
            immutable: release.immutable,
            assets: assets.map(|asset| (asset.name.clone(), asset.into())).collect(),
        }
    }
}

impl From<&Asset> for AssetState {
    fn from(asset: &Asset) -> Self {
        Self {
            content_type: asset.content_type.clone(),
            size: asset.size,
            sha256: asset.sha256.clone(),
        }
    }
}
