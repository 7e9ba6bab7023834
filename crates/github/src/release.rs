use serde::Deserialize;

use crate::GitHubError;

/// A release or a draft of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// Its number.
    pub id: u64,
    /// Its tag. A draft's tag need not exist.
    #[serde(rename = "tag_name")]
    pub tag: String,
    /// Where publication creates a missing tag: a branch or commit.
    #[serde(rename = "target_commitish", default)]
    pub target: String,
    /// Its title.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub name: Option<String>,
    /// Its notes, in Markdown.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub body: Option<String>,
    /// Whether it is visible only to users who may push.
    pub draft: bool,
    /// Whether it is marked as not ready for production.
    #[serde(default)]
    pub prerelease: bool,
    /// Whether its tag and assets can never change.
    #[serde(default)]
    pub immutable: bool,
    /// Its page.
    #[serde(rename = "html_url")]
    pub url: String,
    /// Where assets are uploaded; a URI template.
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
    /// Size in bytes.
    pub size: u64,
    /// Whether the upload is complete.
    pub state: AssetState,
    /// `sha256:…`, if the service lists it (since June 2025).
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    digest: Option<String>,
    /// Download address.
    #[serde(rename = "browser_download_url", default)]
    pub download_url: String,
}

/// Whether an upload is complete.
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
    /// The SHA-256 of its content in hexadecimal digits, if the service lists it.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        self.digest.as_deref()?.strip_prefix("sha256:")
    }
}

impl Release {
    /// The asset of this name, also in the spelling of the service.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<&Asset> {
        find_asset(&self.assets, name)
    }

    pub(crate) fn require_draft(self) -> Result<Self, GitHubError> {
        if self.draft {
            return Ok(self);
        }
        Err(GitHubError::AlreadyPublished { tag: self.tag, url: self.url })
    }
}

/// The asset of this name, also in the spelling of the service.
pub(crate) fn find_asset<'a>(assets: &'a [Asset], name: &str) -> Option<&'a Asset> {
    let stored = stored_name(name);
    assets.iter().find(|asset| asset.name == name || asset.name == stored)
}

/// The service replaces special characters of a file's name with dots and
/// removes leading and trailing dots ("Upload a release asset", notes; which
/// characters are special is an observation, not a promise).
fn stored_name(name: &str) -> String {
    let dotted = name.replace(|c| !is_kept(c), ".");
    dotted.trim_matches('.').to_owned()
}

fn is_kept(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@')
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
