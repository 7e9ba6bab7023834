use probe::{Never, Probe};

use crate::{Asset, AssetFile, AssetState};

/// Whether a release has a file with the content expected. `Identical` and
/// `Diverged` carry the asset that has its name, `Partial` the remains of an
/// upload that broke off.
pub type AssetProbe<Failure = Never> = Probe<Asset, Asset, Asset, Failure>;

/// Compares an asset with a file by the data that the service lists; `None`
/// when only a download can decide.
pub(crate) fn compare_listed(asset: &Asset, file: &AssetFile) -> Option<AssetProbe> {
    let found = asset.clone();
    if asset.state == AssetState::Starter {
        return Some(Probe::Partial(found));
    }
    if asset.size != file.size {
        return Some(Probe::Diverged(found));
    }
    let same = asset.sha256()?.eq_ignore_ascii_case(&file.sha256);
    Some(if same { Probe::Identical(found) } else { Probe::Diverged(found) })
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
        let same = asset("uploaded", 3, Some("sha256:ab"));
        let other = asset("uploaded", 3, Some("sha256:cd"));
        let longer = asset("uploaded", 4, None);
        let remains = asset("starter", 0, None);
        for (asset, expected) in [
            (same.clone(), Some(Probe::Identical(same))),
            (other.clone(), Some(Probe::Diverged(other))),
            (longer.clone(), Some(Probe::Diverged(longer))),
            (asset("uploaded", 3, None), None),
            (remains.clone(), Some(Probe::Partial(remains))),
        ] {
            assert_eq!(compare_listed(&asset, &file), expected);
        }
    }
}
