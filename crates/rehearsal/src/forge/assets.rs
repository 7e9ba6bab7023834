//! The assets of releases and the rules for them.

use std::time::SystemTime;

use super::refusal::{Problem, Refusal};
use super::releases::{Release, Releases};

const ASSET: &str = "ReleaseAsset";

/// A file of a release.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    /// Absent while the upload is not complete: such an asset stays in the state `starter`.
    pub(crate) sha256: Option<String>,
    pub(crate) created: SystemTime,
}

impl Releases {
    /// Makes room for an asset; it is a `starter` until [`Releases::complete_asset`].
    pub(crate) fn start_asset(&mut self, release: u64, asset: Asset) -> Result<u64, Refusal> {
        let id = self.next_id();
        let release = self.all.iter_mut().find(|r| r.id == release).ok_or(Refusal::NotFound)?;
        if release.immutable {
            let text = "Cannot upload assets to an immutable release.";
            return Err(Refusal::Unprocessable(text.into()));
        }
        if release.assets.iter().any(|known| known.name == asset.name) {
            return Err(Refusal::invalid(Problem::coded(ASSET, "name", "already_exists")));
        }
        release.assets.push(Asset { id, ..asset });
        Ok(id)
    }

    /// Notes what an upload brought; nothing if the asset was deleted meanwhile.
    pub(crate) fn complete_asset(&mut self, id: u64, size: u64, sha256: String) -> Option<Asset> {
        let asset = self.all.iter_mut().flat_map(|r| &mut r.assets).find(|a| a.id == id)?;
        asset.size = size;
        asset.sha256 = Some(sha256);
        Some(asset.clone())
    }

    pub(crate) fn asset(&self, id: u64, drafts: bool) -> Result<(&Release, &Asset), Refusal> {
        self.all
            .iter()
            .filter(|release| drafts || !release.draft)
            .find_map(|release| Some((release, release.assets.iter().find(|a| a.id == id)?)))
            .ok_or(Refusal::NotFound)
    }

    /// Changes name or label of an asset, or deletes it when there is no change.
    pub(crate) fn edit_asset(
        &mut self,
        id: u64,
        change: Option<(Option<String>, Option<String>)>,
    ) -> Result<(), Refusal> {
        let has = |release: &&mut Release| release.assets.iter().any(|asset| asset.id == id);
        let release = self.all.iter_mut().find(has).ok_or(Refusal::NotFound)?;
        if release.immutable {
            let text = "Cannot change assets of an immutable release.";
            return Err(Refusal::Unprocessable(text.into()));
        }
        let Some((name, label)) = change else {
            release.assets.retain(|asset| asset.id != id);
            return Ok(());
        };
        let taken = |name: &String| release.assets.iter().any(|a| a.id != id && a.name == *name);
        if name.as_ref().is_some_and(taken) {
            return Err(Refusal::invalid(Problem::coded(ASSET, "name", "already_exists")));
        }
        for asset in release.assets.iter_mut().filter(|asset| asset.id == id) {
            asset.name = name.clone().unwrap_or_else(|| asset.name.clone());
            asset.label = label.clone().or_else(|| asset.label.clone());
        }
        Ok(())
    }
}

/// The name that an uploaded asset gets: characters outside a small set become dots.
pub(crate) fn asset_name(wanted: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || "._-+@~".contains(c);
    let dotted: String = wanted.chars().map(|c| if kept(c) { c } else { '.' }).collect();
    let parts: Vec<&str> = dotted.split('.').filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asset_names_lose_what_does_not_belong_there() {
        assert_eq!(asset_name("my file (1).tar.gz"), "my.file.1.tar.gz");
        assert_eq!(asset_name(".hidden"), "hidden");
        assert_eq!(asset_name("greeter-0.1.0+x.whl"), "greeter-0.1.0+x.whl");
    }
}
