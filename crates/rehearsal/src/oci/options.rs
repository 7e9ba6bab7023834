//! How an embedded registry is set up.

use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;

use super::access::Access;
use super::profile::Profile;

/// How a [`super::Registry`] behaves; everything is allowed unless told otherwise.
#[derive(Debug, Clone)]
#[must_use]
pub struct RegistryOptions {
    pub(super) profile: Profile,
    pub(super) port: u16,
    pub(super) folder: Option<PathBuf>,
    pub(super) deletion: bool,
    pub(super) mounting: bool,
    pub(super) referrers: bool,
    pub(super) longest_page: usize,
    pub(super) access: Option<Access>,
    pub(super) immutable: Vec<ImmutableTags>,
    pub(super) api_limit: Option<ApiLimit>,
    pub(super) pull_limit: Option<PullLimit>,
}

/// Tags that can neither be moved nor deleted once they are there.
#[derive(Debug, Clone)]
pub(super) struct ImmutableTags {
    pub(super) repository: String,
    pub(super) rule: Regex,
}

/// The limit of Docker Hub's own HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiLimit {
    /// Requests in one window.
    pub requests: u32,
    /// How long a window lasts; a minute on Docker Hub.
    pub window: Duration,
}

/// Docker Hub's limit for pulls: `GET` of a manifest counts, `HEAD` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullLimit {
    /// Pulls in one window.
    pub pulls: u32,
    /// How long a window lasts; six hours on Docker Hub.
    pub window: Duration,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self::new(Profile::default())
    }
}

impl RegistryOptions {
    /// A registry that behaves like `profile`: in memory, without accounts, on any free port.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            port: 0,
            folder: None,
            deletion: true,
            mounting: true,
            referrers: profile.has_referrers(),
            longest_page: usize::MAX,
            access: None,
            immutable: Vec::new(),
            api_limit: None,
            pull_limit: None,
        }
    }

    /// Listens on this port of 127.0.0.1.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps blobs in a folder instead of memory; it is made when missing, and never removed.
    ///
    /// What is in the folder already is not served.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Refuses every `DELETE` of a manifest or blob with 405 `UNSUPPORTED`.
    pub fn without_deletion(mut self) -> Self {
        self.deletion = false;
        self
    }

    /// Answers every mount with 202 and an open upload, as registries may.
    pub fn without_mounting(mut self) -> Self {
        self.mounting = false;
        self
    }

    /// Has no referrers API, so that clients must fall back to tags.
    pub fn without_referrers(mut self) -> Self {
        self.referrers = false;
        self
    }

    /// Sends at most `length` tags at once, whatever the client asks for, and a `Link`.
    ///
    /// Ignored by profiles that do not page.
    pub fn longest_page(mut self, length: usize) -> Self {
        self.longest_page = length.max(1);
        self
    }

    /// Lets only those in who have an account or may come without one.
    pub fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// Makes tags of `repository` immutable that match `rule` (profile `DockerHub` only).
    ///
    /// # Errors
    /// The rule is no regular expression.
    pub fn immutable_tags(
        mut self,
        repository: impl Into<String>,
        rule: &str,
    ) -> Result<Self, regex::Error> {
        self.immutable
            .push(ImmutableTags { repository: repository.into(), rule: Regex::new(rule)? });
        Ok(self)
    }

    /// Limits the requests to Docker Hub's API, and says so in headers.
    pub fn api_limit(mut self, limit: ApiLimit) -> Self {
        self.api_limit = Some(limit);
        self
    }

    /// Limits pulls, and says so in headers.
    pub fn pull_limit(mut self, limit: PullLimit) -> Self {
        self.pull_limit = Some(limit);
        self
    }
}
