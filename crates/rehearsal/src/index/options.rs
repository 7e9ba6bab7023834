//! How an index is set up.

use std::path::PathBuf;

use super::catalogue::Limits;
use super::tokens::ApiToken;
use super::trusted_publishing::TrustedPublisher;
use crate::clock::Clock;
use crate::server::ServerOptions;

/// How a [`PackageIndex`](super::PackageIndex) is set up.
///
/// As it comes, it takes uploads from nobody: give it tokens, publishers, or open it to anyone.
#[derive(Debug, Clone)]
#[must_use]
pub struct IndexOptions {
    pub(crate) server: ServerOptions,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) clock: Clock,
    pub(crate) anonymous: bool,
    pub(crate) tokens: Vec<ApiToken>,
    pub(crate) audience: String,
    pub(crate) publishers: Vec<TrustedPublisher>,
    pub(crate) limits: Limits,
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
            limits: Limits::default(),
        }
    }
}

impl IndexOptions {
    /// Takes uploads from anyone, whatever the credentials; tokens that the index knows stay
    /// limited to their projects.
    pub fn open_to_anyone() -> Self {
        Self { anonymous: true, ..Self::default() }
    }

    /// Takes uploads with this token.
    pub fn token(mut self, token: ApiToken) -> Self {
        self.tokens.push(token);
        self
    }

    /// Mints tokens for this publisher.
    pub fn trusted_publisher(mut self, publisher: TrustedPublisher) -> Self {
        self.publishers.push(publisher);
        self
    }

    /// The audience that identity tokens must name; `pypi` unless set.
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience = audience.to_owned();
        self
    }

    /// Listens on this port instead of any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.server = ServerOptions::on_port(port);
        self
    }

    /// Keeps the files in this folder, which must exist, instead of a temporary one.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Reads the time here.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The largest file in bytes; 100 MiB unless set.
    pub fn file_limit(mut self, bytes: u64) -> Self {
        self.limits.file_bytes = bytes;
        self
    }

    /// The largest size of all files of a project in bytes; 10 GiB unless set.
    pub fn project_limit(mut self, bytes: u64) -> Self {
        self.limits.project_bytes = bytes;
        self
    }

    /// Answers 429 to uploads that would make more new projects than this; no limit unless set.
    pub fn new_project_limit(mut self, projects: u32) -> Self {
        self.limits.new_projects = Some(projects);
        self
    }
}
