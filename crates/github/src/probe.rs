use crate::{Asset, AssetFile, AssetState, GitHubClient, GitHubError, Release};

/// Whether something is in place already, judged by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// It is not there.
    Absent,
    /// It is there as wanted.
    Identical,
    /// A part of it is there.
    Partial,
    /// Something else is there in its place.
    Diverged,
}

/// What a repository has of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseState {
    /// `Absent`; `Partial` for a draft or a release that lacks files;
    /// `Identical` for a published one with all files; `Diverged` when a file
    /// has other content. Notes are not compared: people may improve them.
    pub probe: Probe,
    /// The release or draft found.
    pub release: Option<Release>,
    /// What it has of each file, in the order asked for.
    pub files: Vec<Probe>,
}

impl GitHubClient {
    /// What the repository has of a release with these files.
    ///
    /// # Errors
    /// As [`GitHubClient::release_by_tag`].
    pub async fn probe_release(
        &self,
        tag: &str,
        files: &[AssetFile],
    ) -> Result<ReleaseState, GitHubError> {
        let Some(release) = self.release_by_tag(tag).await? else {
            let absent = vec![Probe::Absent; files.len()];
            return Ok(ReleaseState { probe: Probe::Absent, release: None, files: absent });
        };
        let assets = self.assets(release.id).await?;
        let mut probes = Vec::new();
        for file in files {
            probes.push(self.probe_among(&assets, file).await?);
        }
        let probe = sum_up(release.draft, &probes);
        Ok(ReleaseState { probe, release: Some(release), files: probes })
    }
}

fn sum_up(draft: bool, files: &[Probe]) -> Probe {
    if files.contains(&Probe::Diverged) {
        return Probe::Diverged;
    }
    let whole = files.iter().all(|probe| *probe == Probe::Identical);
    if whole && !draft { Probe::Identical } else { Probe::Partial }
}

/// Compares by what the service tells; `None` when only a download can decide.
pub(crate) fn compare(asset: &Asset, file: &AssetFile) -> Option<Probe> {
    if asset.state == AssetState::Starter {
        return Some(Probe::Partial);
    }
    if asset.size != file.size {
        return Some(Probe::Diverged);
    }
    let same = asset.sha256()?.eq_ignore_ascii_case(&file.sha256);
    Some(if same { Probe::Identical } else { Probe::Diverged })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(state: &str, size: u64, digest: Option<&str>) -> Asset {
        let json = serde_json::json!(
            {"id": 1, "name": "a", "size": size, "state": state, "digest": digest}
        );
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn content_decides() {
        let file = AssetFile { name: "a".into(), path: "a".into(), size: 3, sha256: "ab".into() };
        for (asset, expected) in [
            (asset("uploaded", 3, Some("sha256:ab")), Some(Probe::Identical)),
            (asset("uploaded", 3, Some("sha256:cd")), Some(Probe::Diverged)),
            (asset("uploaded", 4, None), Some(Probe::Diverged)),
            (asset("uploaded", 3, None), None),
            (asset("starter", 0, None), Some(Probe::Partial)),
        ] {
            assert_eq!(compare(&asset, &file), expected);
        }
    }

    #[test]
    fn a_release_is_whole_when_published_with_all_files() {
        use Probe::{Absent, Diverged, Identical, Partial};
        for (draft, files, expected) in [
            (false, vec![Identical, Identical], Identical),
            (false, vec![], Identical),
            (true, vec![Identical], Partial),
            (false, vec![Identical, Absent], Partial),
            (true, vec![Absent, Diverged], Diverged),
        ] {
            assert_eq!(sum_up(draft, &files), expected, "{files:?}");
        }
    }
}
