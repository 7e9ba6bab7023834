//! How a forge is set up.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::workflow::Workflow;
use crate::clock::Clock;
use crate::server::ServerOptions;

/// What an account may do in the repository; each right includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Read.
    Pull,
    /// Push commits and tags, make releases, see drafts.
    Push,
    /// Change most settings.
    Maintain,
    /// Everything.
    Admin,
}

/// A token of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct ForgeToken {
    pub(crate) secret: String,
    pub(crate) login: String,
    /// None for an account that has nothing to do with the repository.
    pub(crate) right: Option<Right>,
}

impl ForgeToken {
    /// A token of the account `login` with this right in the repository.
    #[must_use]
    pub fn new(secret: &str, login: &str, right: Right) -> Self {
        Self { secret: secret.to_owned(), login: login.to_owned(), right: Some(right) }
    }

    /// A token of an account without rights: it reads public repositories and sees no private one.
    #[must_use]
    pub fn of_stranger(secret: &str, login: &str) -> Self {
        Self { secret: secret.to_owned(), login: login.to_owned(), right: None }
    }
}

impl fmt::Debug for ForgeToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("ForgeToken");
        shown.field("login", &self.login).field("right", &self.right).finish_non_exhaustive()
    }
}

/// How a [`Forge`](super::Forge) is set up: one repository, and who may do what in it.
#[derive(Debug, Clone)]
#[must_use]
pub struct ForgeOptions {
    pub(crate) owner: String,
    pub(crate) repository: String,
    pub(crate) private: bool,
    pub(crate) default_branch: String,
    pub(crate) tokens: Vec<ForgeToken>,
    pub(crate) git_folder: Option<PathBuf>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) workflows: Vec<Workflow>,
    pub(crate) immutable_releases: bool,
    pub(crate) clock: Clock,
    pub(crate) server: ServerOptions,
}

impl ForgeOptions {
    /// A public repository without releases, tags or workflows, for which nobody has a token.
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
            immutable_releases: false,
            clock: Clock::default(),
            server: ServerOptions::default(),
        }
    }

    /// Knows this token.
    pub fn token(mut self, token: ForgeToken) -> Self {
        self.tokens.push(token);
        self
    }

    /// Hides the repository from everybody without rights.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// The branch that a release without a target stands for; `main` unless set.
    pub fn default_branch(mut self, branch: &str) -> Self {
        self.default_branch = branch.to_owned();
        self
    }

    /// Reads tags and commits from this bare git repository, and makes tags in it.
    pub fn git_repository(mut self, folder: impl Into<PathBuf>) -> Self {
        self.git_folder = Some(folder.into());
        self
    }

    /// Knows a lightweight tag; has no effect beside [`ForgeOptions::git_repository`].
    pub fn tag(mut self, name: &str, commit: &str) -> Self {
        self.tags.insert(name.to_owned(), commit.to_owned());
        self
    }

    /// Runs this workflow for every commit that somebody asks about.
    pub fn workflow(mut self, workflow: Workflow) -> Self {
        self.workflows.push(workflow);
        self
    }

    /// Makes every published release immutable.
    pub fn immutable_releases(mut self) -> Self {
        self.immutable_releases = true;
        self
    }

    /// Reads the time here.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Listens on this port instead of any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.server = ServerOptions::on_port(port);
        self
    }
}
