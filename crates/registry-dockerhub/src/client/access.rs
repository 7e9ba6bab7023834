use image_ref::{Digest, Repository};
use transport::{Request, StatusCode};

use super::{connection::Connection, manifests::Manifests, missing_rights};
use crate::{
    RegistryError,
    auth::{Access, Authorized, Grant, Right},
    error_response,
};

/// Longest response that is read.
const ANSWER_LIMIT: usize = 1 << 20;

/// An upload that no registry has opened.
const NO_UPLOAD: &str = "blobs/uploads/00000000-0000-0000-0000-000000000000";

/// What a preflight found out about rights, without changing anything.
#[derive(Debug)]
pub enum AccessCheck {
    /// All rights are granted, or the registry asks for none.
    Granted,
    /// The credentials are accepted, and the registry does not state which
    /// rights they have.
    Accepted,
    /// A right is missing.
    MissingRight(Right),
    /// No credentials were found, or they are not accepted.
    Unauthorized(RegistryError),
    /// The rights are granted and the repository does not exist. Many registries
    /// create it with the first push.
    NotFound,
    /// The registry or its token server could not be asked.
    Unreachable(RegistryError),
}

/// What we may do in a repository; see
/// [`RegistryClient::access`](crate::RegistryClient::access).
pub struct RepositoryAccess<'a> {
    connection: &'a Connection,
    repository: Repository,
}

impl<'a> RepositoryAccess<'a> {
    pub(super) fn new(connection: &'a Connection, repository: Repository) -> Self {
        Self { connection, repository }
    }

    /// Whether these rights would be granted, without side effects: by what the
    /// token states; where it states nothing, by requests for things that do not
    /// exist, which a registry refuses differently when rights are missing.
    pub async fn check(&self, rights: &[Right]) -> AccessCheck {
        let outcome = self.check_rights(rights).await;
        outcome.unwrap_or_else(|error| match error {
            RegistryError::MissingRight { right, .. } => AccessCheck::MissingRight(right),
            RegistryError::Unauthorized { .. }
            | RegistryError::Denied { .. }
            | RegistryError::CredentialFile { .. }
            | RegistryError::CredentialHelper { .. } => AccessCheck::Unauthorized(error),
            error => AccessCheck::Unreachable(error),
        })
    }

    /// Whether the registry deletes manifests at all and lets us: asked for a
    /// digest that cannot exist, one that deletes answers 404, one that does
    /// not 405.
    ///
    /// # Errors
    /// [`RegistryError`]; `MissingRight` when others may.
    pub async fn can_delete(&self) -> Result<bool, RegistryError> {
        let nothing = Digest::of(&fastrand::u128(..).to_be_bytes());
        let manifests = Manifests::new(self.connection, Access::pull(&self.repository));
        match manifests.delete(&nothing).await {
            Ok(_) => Ok(true),
            Err(RegistryError::Unsupported { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn check_rights(&self, rights: &[Right]) -> Result<AccessCheck, RegistryError> {
        let access = Access::asking(&self.repository, rights);
        let sent = self.log_in(&access).await?;
        let lacking = access.scopes.first().and_then(|scope| sent.grant.lacks(scope));
        if let Some(right) = lacking {
            return Err(lacks(&access, &sent, right));
        }
        let certain = sent.grant != Grant::Unstated || self.try_rights(rights).await?;
        if rights.contains(&Right::Pull) && !self.repository_exists(&access).await? {
            return Ok(AccessCheck::NotFound);
        }
        Ok(if certain { AccessCheck::Granted } else { AccessCheck::Accepted })
    }

    /// Tries the rights on things that do not exist. `false` when the responses
    /// leave it open.
    async fn try_rights(&self, rights: &[Right]) -> Result<bool, RegistryError> {
        let repository = &self.repository;
        if rights.contains(&Right::Delete) && !self.can_delete().await? {
            let (repository, message) = (repository.clone(), "deletion is switched off".to_owned());
            return Err(RegistryError::MissingRight { right: Right::Delete, repository, message });
        }
        if !rights.contains(&Right::Push) {
            return Ok(true);
        }
        let url = self.connection.endpoint(repository.registry())?.url(repository, NO_UPLOAD);
        let request = Request::patch(url, Vec::new()).without_redirects();
        let access = Access::push(repository);
        let response = self.connection.fetch(request, &access, ANSWER_LIMIT).await?;
        let code = error_response::read(&response.body).code;
        Ok(matches!(code.as_deref(), Some("BLOB_UPLOAD_UNKNOWN" | "BLOB_UPLOAD_INVALID")))
    }

    /// What requests would be sent with, once the registry has asked for it at `v2/`.
    async fn log_in(&self, access: &Access) -> Result<Authorized, RegistryError> {
        let authorizer = self.connection.authorizer(self.repository.registry())?;
        let first = authorizer.authorize(access).await?;
        let request = Request::get(authorizer.endpoint().api_root());
        let response =
            self.connection.fetch_authorized(request, access, &first, ANSWER_LIMIT).await?;
        match response.status {
            StatusCode::OK => Ok(first),
            StatusCode::UNAUTHORIZED => {
                let (url, headers) = (&response.url, &response.headers);
                match authorizer.renew(access, &first, url, headers).await? {
                    Some(sent) => self.accepted(access, sent).await,
                    // A token for a repository need not open `v2/`.
                    None if first.grant != Grant::Unstated => Ok(first),
                    None => {
                        let (status, body) = (response.status, &response.body);
                        Err(missing_rights::refusal(access, &first, status, body))
                    }
                }
            }
            _ => Err(error_response::refusal(self.repository.registry().to_string(), &response)),
        }
    }

    /// A token is judged by what it states; user and password only by trying them.
    async fn accepted(
        &self,
        access: &Access,
        sent: Authorized,
    ) -> Result<Authorized, RegistryError> {
        if sent.grant == Grant::Unstated {
            let registry = self.repository.registry();
            let request = Request::get(self.connection.endpoint(registry)?.api_root());
            let response = self.connection.fetch(request, access, ANSWER_LIMIT).await?;
            if !response.status.is_success() {
                return Err(error_response::refusal(registry.to_string(), &response));
            }
        }
        Ok(sent)
    }

    async fn repository_exists(&self, access: &Access) -> Result<bool, RegistryError> {
        let endpoint = self.connection.endpoint(self.repository.registry())?;
        let mut url = endpoint.url(&self.repository, "tags/list");
        url.set_query(Some("n=1"));
        let request = Request::get(url);
        let response = self.connection.fetch(request, &access.reading(), ANSWER_LIMIT).await?;
        match response.status {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(error_response::refusal(format!("tags of {}", self.repository), &response)),
        }
    }
}

/// An anonymous client lacks rights because nobody logged in.
fn lacks(access: &Access, sent: &Authorized, right: Right) -> RegistryError {
    let (repository, message) = (access.repository.clone(), String::new());
    if sent.has_credentials {
        return RegistryError::MissingRight { right, repository, message };
    }
    let registry = repository.registry().clone();
    RegistryError::Unauthorized { registry, has_credentials: false, message }
}
