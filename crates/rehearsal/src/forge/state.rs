//! The forge as a value that tests compare.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::assets::Asset;
use super::releases::{Release, Releases};

/// All that a forge holds, without times and numbers: equal states are equal to every client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeState {
    /// The releases, drafts included, by tag and then in order of creation.
    pub releases: Vec<ReleaseState>,
    /// Tag names and the objects that they point to.
    pub tags: BTreeMap<String, String>,
}

/// A release of a [`ForgeState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseState {
    /// The name of its tag, which need not exist while it is a draft.
    pub tag_name: String,
    /// The title.
    pub name: Option<String>,
    /// The notes.
    pub body: Option<String>,
    /// Whether only those who may push see it.
    pub draft: bool,
    /// Whether it is marked as not ready for production.
    pub prerelease: bool,
    /// Whether it is the one that users are led to.
    pub latest: bool,
    /// Whether its assets are frozen.
    pub immutable: bool,
    /// The assets by name.
    pub assets: BTreeMap<String, AssetState>,
}

/// An asset of a [`ReleaseState`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetState {
    /// The media type.
    pub content_type: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 in hexadecimal; absent when the upload broke off.
    pub sha256: Option<String>,
}

impl Releases {
    pub(crate) fn state(&self, tags: BTreeMap<String, String>) -> ForgeState {
        let latest = self.latest().ok().map(|release| release.id);
        let mut all = self.list(true);
        all.sort_by(|a, b| (&a.tag_name, a.id).cmp(&(&b.tag_name, b.id)));
        let releases = all.into_iter().map(|release| release.state(latest)).collect();
        ForgeState { releases, tags }
    }
}

impl Release {
    fn state(&self, latest: Option<u64>) -> ReleaseState {
        ReleaseState {
            tag_name: self.tag_name.clone(),
            name: self.name.clone(),
            body: self.body.clone(),
            draft: self.draft,
            prerelease: self.prerelease,
            latest: latest == Some(self.id),
            immutable: self.immutable,
            assets: self.assets.iter().map(|a| (a.name.clone(), a.state())).collect(),
        }
    }
}

impl Asset {
    fn state(&self) -> AssetState {
        AssetState {
            content_type: self.content_type.clone(),
            size: self.size,
            sha256: self.sha256.clone(),
        }
    }
}
