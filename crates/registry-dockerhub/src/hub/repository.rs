use serde::{Deserialize, Serialize};

/// A repository as Docker Hub describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubRepository {
    /// Its name without the namespace.
    pub name: String,
    /// Its namespace.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Whether only members see it.
    #[serde(default)]
    pub is_private: Option<bool>,
    /// Pulls so far.
    #[serde(default)]
    pub pull_count: Option<u64>,
    /// When it was changed (RFC 3339).
    #[serde(default)]
    pub last_updated: Option<String>,
    /// Which tags may neither move nor be deleted.
    #[serde(default)]
    pub immutable_tags_settings: Option<ImmutableTags>,
    /// What the one who asks may do.
    #[serde(default)]
    pub permissions: Option<Permissions>,
}

/// Rules for tags that may neither move nor be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImmutableTags {
    /// Whether the rules hold.
    #[serde(default)]
    pub enabled: bool,
    /// Regular expressions (RE2) of the tags; only Docker Hub can judge them.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// What the one who asks may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Pull.
    #[serde(default)]
    pub read: bool,
    /// Push.
    #[serde(default)]
    pub write: bool,
    /// Delete and change settings.
    #[serde(default)]
    pub admin: bool,
}
