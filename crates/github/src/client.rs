use std::time::Duration;

use secrecy::SecretString;
use transport::HttpClient;

use crate::{
    Access, Artifacts, Assets, BranchProtection, Endpoints, GitHubError, Jobs, Releases,
    RepositoryName, Workflows,
    access::{check_access, read_access},
    branch_protection::read_protection,
    connection::Connection,
    requests::Requests,
};

/// Reads and creates releases of one repository. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GitHubClient {
    connection: Connection,
}

impl GitHubClient {
    /// A client for a repository; without a token it can read public data.
    #[must_use]
    pub fn new(
        http: HttpClient,
        endpoints: Endpoints,
        repository: RepositoryName,
        token: Option<SecretString>,
    ) -> Self {
        let requests = Requests { endpoints, repository };
        Self { connection: Connection::new(http, requests, token) }
    }

    /// How long lists may take to show the result of a request whose response
    /// was lost (default 2 s).
    #[must_use]
    pub fn with_settle_time(mut self, time: Duration) -> Self {
        self.connection.settle_time = time;
        self
    }

    /// The repository.
    #[must_use]
    pub fn repository_name(&self) -> &RepositoryName {
        &self.connection.requests.repository
    }

    /// Its releases and drafts.
    #[must_use]
    pub fn releases(&self) -> Releases<'_> {
        Releases::new(&self.connection)
    }

    /// The files of its releases.
    #[must_use]
    pub fn assets(&self) -> Assets<'_> {
        Assets::new(&self.connection)
    }

    /// Its workflow runs.
    #[must_use]
    pub fn workflows(&self) -> Workflows<'_> {
        Workflows::new(&self.connection)
    }

    /// The jobs of its workflow runs.
    #[must_use]
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs::new(&self.connection)
    }

    /// The artifacts of its workflow runs.
    #[must_use]
    pub fn artifacts(&self) -> Artifacts<'_> {
        Artifacts::new(&self.connection)
    }

    /// The repository, and the rights of the token in it.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`], [`GitHubError::TokenRefused`], [`GitHubError::Http`].
    pub async fn access(&self) -> Result<Access, GitHubError> {
        read_access(&self.connection).await
    }

    /// Checks that a release can be created, as far as that is possible
    /// without creating one.
    ///
    /// # Errors
    /// [`GitHubError::NoToken`], [`GitHubError::TokenRefused`], [`GitHubError::NotFound`],
    /// [`GitHubError::NoPushRight`], [`GitHubError::Archived`], [`GitHubError::Forbidden`]
    /// for a classic token without the scope.
    pub async fn check_access(&self) -> Result<Access, GitHubError> {
        check_access(&self.connection).await
    }

    /// Whether the account of the token may push commits to a branch, as far as the
    /// service shows that. Without a token, whether rules or settings protect it.
    ///
    /// # Errors
    /// [`GitHubError::TokenRefused`], [`GitHubError::Http`], [`GitHubError::NotFound`] for a
    /// repository that cannot be seen.
    pub async fn branch_protection(&self, branch: &str) -> Result<BranchProtection, GitHubError> {
        read_protection(&self.connection, branch).await
    }
}
