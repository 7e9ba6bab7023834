//! The options of an index.

use std::path::PathBuf;

use super::admission::UploadLimits;
use super::tokens::ApiToken;
use super::trusted_publishing::TrustedPublisher;
use crate::clock::Clock;
use crate::server::ServerOptions;

/// The options of a [`PackageIndex`](super::PackageIndex).
///
/// By default it accepts no uploads: add tokens or publishers, or open it to anyone.
#[derive(Debug, Clone)]
#[must_use]
pub struct IndexOptions {
    pub(super) server: ServerOptions,
    pub(super) folder: Option<PathBuf>,
    pub(super) clock: Clock,
    pub(super) anonymous: bool,
    pub(super) tokens: Vec<ApiToken>,
    pub(super) audience: String,
    pub(super) publishers: Vec<TrustedPublisher>,
    pub(super) limits: UploadLimits,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self {
            server: ServerOptions::default(),
            folder: None,
            clock: Clock::default(),
            anonymous: false,
            tokens: Vec::new(),
            audience: "pypi".to_owned(),
            publishers: Vec::new(),
            limits: UploadLimits::default(),
        }
    }
}

impl IndexOptions {
    /// Accepts uploads with any credentials or none; tokens of the index remain limited to their
    /// projects.
    pub fn open_to_anyone() -> Self {
        Self { anonymous: true, ..Self::default() }
    }

    /// Accepts uploads with this token.
    pub fn token(mut self, token: ApiToken) -> Self {
        self.tokens.push(token);
        self
    }

    /// Mints tokens for this publisher.
    pub fn trusted_publisher(mut self, publisher: TrustedPublisher) -> Self {
        self.publishers.push(publisher);
        self
    }

    /// Sets the audience that identity tokens must name; `pypi` by default.
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = audience.to_owned();
        self
    }

    /// Listens on this port instead of any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.server = ServerOptions::on_port(port);
        self
    }

    /// Keeps the files in this folder, which must exist, instead of a temporary folder.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Uses this clock instead of the system time.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Behaves as a private index such as pypiserver instead of PyPI: simple pages in HTML and no
    /// other interface for reading, and few of the rules for uploads.
    pub fn private(mut self) -> Self {
        self.limits.private = true;
        self
    }

    /// Sets the maximum size of a file in bytes; 100 MiB by default.
    pub fn file_limit(mut self, bytes: u64) -> Self {
        self.limits.file_bytes = bytes;
        self
    }

    /// Sets the maximum size of all files of a project in bytes; 10 GiB by default.
    pub fn project_limit(mut self, bytes: u64) -> Self {
        self.limits.project_bytes = bytes;
        self
    }

    /// Responds with 429 to uploads that would create more projects than this; no limit by default.
    pub fn new_project_limit(mut self, projects: u32) -> Self {
        self.limits.new_projects = Some(projects);
        self
    }
}
