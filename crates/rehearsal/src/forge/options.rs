//! The options of a forge.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::protection::BranchProtection;
use super::workflow::Workflow;
use crate::clock::Clock;
use crate::server::ServerOptions;

/// The permission of an account in the repository; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Read.
    Pull,
    /// Push commits and tags, create releases, see drafts.
    Push,
    /// Change most settings.
    Maintain,
    /// Everything.
    Admin,
}

/// A token of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct ForgeToken {
    pub(super) secret: String,
    pub(super) login: String,
    /// `None` for an account without access to the repository.
    pub(super) permission: Option<Permission>,
}

impl ForgeToken {
    /// A token of the account `login` with this permission in the repository.
    #[must_use]
    pub fn new(secret: &str, login: &str, permission: Permission) -> Self {
        let (secret, login) = (secret.to_owned(), login.to_owned());
        Self { secret, login, permission: Some(permission) }
    }

    /// A token of an account without access: it can read public repositories only.
    #[must_use]
    pub fn without_access(secret: &str, login: &str) -> Self {
        Self { secret: secret.to_owned(), login: login.to_owned(), permission: None }
    }
}

impl fmt::Debug for ForgeToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ForgeToken")
            .field("login", &self.login)
            .field("permission", &self.permission)
            .finish_non_exhaustive()
    }
}

/// The options of a [`Forge`](super::Forge): one repository, and the tokens for it.
#[derive(Debug, Clone)]
#[must_use]
pub struct ForgeOptions {
    pub(super) owner: String,
    pub(super) repository: String,
    pub(super) private: bool,
    pub(super) default_branch: String,
    pub(super) tokens: Vec<ForgeToken>,
    pub(super) git_folder: Option<PathBuf>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) workflows: Vec<Workflow>,
    pub(super) protections: Vec<BranchProtection>,
    pub(super) immutable_releases: bool,
    pub(super) clock: Clock,
    pub(super) server: ServerOptions,
}

impl ForgeOptions {
    /// A public repository without releases, tags, workflows and tokens.
    pub fn new(owner: &str, repository: &str) -> Self {
        Self {
            owner: owner.to_owned(),
            repository: repository.to_owned(),
            private: false,
            default_branch: "main".to_owned(),
            tokens: Vec::new(),
            git_folder: None,
            tags: BTreeMap::new(),
            workflows: Vec::new(),
            protections: Vec::new(),
            immutable_releases: false,
            clock: Clock::default(),
            server: ServerOptions::default(),
        }
    }

    /// Adds a token.
    pub fn token(mut self, token: ForgeToken) -> Self {
        self.tokens.push(token);
        self
    }

    /// Hides the repository from accounts without access.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Sets the target of releases that name none; `main` by default.
    pub fn default_branch(mut self, branch: &str) -> Self {
        self.default_branch = branch.to_owned();
        self
    }

    /// Reads tags and commits from this bare git repository, and creates tags in it.
    pub fn git_repository(mut self, folder: impl Into<PathBuf>) -> Self {
        self.git_folder = Some(folder.into());
        self
    }

    /// Adds a lightweight tag; has no effect together with [`ForgeOptions::git_repository`].
    pub fn tag(mut self, name: &str, commit: &str) -> Self {
        self.tags.insert(name.to_owned(), commit.to_owned());
        self
    }

    /// Runs this workflow for every commit whose runs are requested.
    pub fn workflow(mut self, workflow: Workflow) -> Self {
        self.workflows.push(workflow);
        self
    }

    /// Shows this protection of a branch.
    pub fn protect(mut self, protection: BranchProtection) -> Self {
        self.protections.push(protection);
        self
    }

    /// Makes every published release immutable.
    pub fn immutable_releases(mut self) -> Self {
        self.immutable_releases = true;
        self
    }

    /// Uses this clock instead of the system time.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Listens on this port instead of any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.server = ServerOptions::on_port(port);
        self
    }
}
