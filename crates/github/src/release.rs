use serde::Deserialize;

/// A release or a draft of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// Its number.
    pub id: u64,
    /// Its tag. A draft's tag need not exist.
    #[serde(rename = "tag_name")]
    pub tag: String,
    /// Where a missing tag is made on publication: a branch or commit.
    #[serde(rename = "target_commitish", default)]
    pub target: String,
    /// Its title.
    #[serde(default)]
    pub name: Option<String>,
    /// Its notes, in Markdown.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether only those who may push can see it.
    pub draft: bool,
    /// Whether it is marked as not ready for production.
    #[serde(default)]
    pub prerelease: bool,
    /// Whether its tag and assets are fixed for good.
    #[serde(default)]
    pub immutable: bool,
    /// Its page.
    #[serde(rename = "html_url")]
    pub url: String,
    /// Where assets are posted; a URI template.
    #[serde(default)]
    pub(crate) upload_url: String,
    /// Its files.
    #[serde(default)]
    pub assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Asset {
    /// Its number.
    pub id: u64,
    /// Its name; the service changes special characters.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Whether the upload came to its end.
    pub state: AssetState,
    /// `sha256:…`, where the service tells it (since June 2025).
    #[serde(default)]
    digest: Option<String>,
    /// Where it is downloaded from.
    #[serde(rename = "browser_download_url", default)]
    pub download_url: String,
}

/// How far an upload came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetState {
    /// Complete.
    Uploaded,
    /// Broken off; the documentation says that such an asset can be deleted safely.
    #[serde(other)]
    Starter,
}

impl Asset {
    /// The SHA-256 of its content in hexadecimal digits, if the service tells it.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        self.digest.as_deref()?.strip_prefix("sha256:")
    }
}

impl Release {
    /// The asset of this name, also as the service spells it.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<&Asset> {
        let stored = stored_name(name);
        self.assets.iter().find(|asset| asset.name == name || asset.name == stored)
    }
}

/// The service replaces special characters of a file's name by dots, and takes
/// away dots around it ("Upload a release asset", notes; which characters are
/// special is an observation, not a promise).
pub(crate) fn stored_name(name: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@');
    let dotted: String = name.chars().map(|c| if kept(c) { c } else { '.' }).collect();
    dotted.trim_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_by_the_name_it_was_given() {
        let json = r#"{"id": 1, "tag_name": "v1", "draft": false, "html_url": "u", "assets": [
            {"id": 2, "name": "a.b-1.0.txt", "size": 3, "state": "uploaded", "digest": "sha256:ab"},
            {"id": 3, "name": "c", "size": 0, "state": "new"}]}"#;
        let release: Release = serde_json::from_str(json).unwrap();
        assert_eq!(release.asset("a b-1.0.txt").unwrap().sha256(), Some("ab"));
        assert_eq!(release.asset("c").unwrap().state, AssetState::Starter);
        assert!(release.asset("d").is_none());
    }
}
