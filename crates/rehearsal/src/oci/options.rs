//! The options of an embedded registry.

use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;

use super::access::Access;
use super::profile::Profile;

/// The options of a [`Registry`](super::Registry); by default everything is allowed.
#[derive(Debug, Clone)]
#[must_use]
pub struct RegistryOptions {
    pub(super) profile: Profile,
    pub(super) port: u16,
    pub(super) folder: Option<PathBuf>,
    pub(super) allow_deletion: bool,
    pub(super) allow_mounting: bool,
    pub(super) serve_referrers: bool,
    pub(super) max_page_length: usize,
    pub(super) access: Option<Access>,
    pub(super) immutable_tags: Vec<ImmutableTags>,
    pub(super) api_limit: Option<ApiLimit>,
    pub(super) pull_limit: Option<PullLimit>,
}

/// Tags that can be neither moved nor deleted once they exist.
#[derive(Debug, Clone)]
pub(super) struct ImmutableTags {
    pub(super) repository: String,
    pub(super) rule: Regex,
}

/// The rate limit of Docker Hub's HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiLimit {
    /// The number of requests in one window.
    pub requests: u32,
    /// The length of a window; a minute on Docker Hub.
    pub window: Duration,
}

/// Docker Hub's rate limit for pulls: `GET` of a manifest counts, `HEAD` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullLimit {
    /// The number of pulls in one window.
    pub pulls: u32,
    /// The length of a window; six hours on Docker Hub.
    pub window: Duration,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self::new(Profile::default())
    }
}

impl RegistryOptions {
    /// A registry that behaves like `profile`, in memory, without accounts, on any free port.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            port: 0,
            folder: None,
            allow_deletion: true,
            allow_mounting: true,
            serve_referrers: profile.has_referrers(),
            max_page_length: usize::MAX,
            access: None,
            immutable_tags: Vec::new(),
            api_limit: None,
            pull_limit: None,
        }
    }

    /// Listens on this port of 127.0.0.1.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps blobs in a folder instead of memory. The folder is created if missing, and never removed.
    ///
    /// Content that is already in the folder is not served.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Refuses every `DELETE` of a manifest or blob with 405 `UNSUPPORTED`.
    pub fn without_deletion(mut self) -> Self {
        self.allow_deletion = false;
        self
    }

    /// Responds to every mount with 202 and an open upload, as registries may do.
    pub fn without_mounting(mut self) -> Self {
        self.allow_mounting = false;
        self
    }

    /// Removes the referrers API, so that clients must fall back to tags.
    pub fn without_referrers(mut self) -> Self {
        self.serve_referrers = false;
        self
    }

    /// Limits pages of tags to `length` even if the client requests more, and sends a `Link`.
    ///
    /// Ignored by profiles without paging.
    pub fn longest_page(mut self, length: usize) -> Self {
        self.max_page_length = length.max(1);
        self
    }

    /// Requires credentials as `access` defines.
    pub fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// Makes the tags of `repository` that match `rule` immutable (profile `DockerHub` only).
    ///
    /// # Errors
    /// The rule is not a valid regular expression.
    pub fn immutable_tags(
        mut self,
        repository: impl Into<String>,
        rule: &str,
    ) -> Result<Self, regex::Error> {
        self.immutable_tags
            .push(ImmutableTags { repository: repository.into(), rule: Regex::new(rule)? });
        Ok(self)
    }

    /// Limits the requests to Docker Hub's API, and announces the limit in headers.
    pub fn api_limit(mut self, limit: ApiLimit) -> Self {
        self.api_limit = Some(limit);
        self
    }

    /// Limits pulls, and announces the limit in headers.
    pub fn pull_limit(mut self, limit: PullLimit) -> Self {
        self.pull_limit = Some(limit);
        self
    }
}
