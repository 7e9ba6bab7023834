use image_ref::{Digest, Repository};
use transport::{Request, StatusCode};

use super::{RegistryClient, refusal};
use crate::{
    RegistryError,
    auth::{Access, Authorized, Grant, Right},
};

/// Longest answer that is read.
const ANSWER_LIMIT: usize = 1 << 20;

/// An upload that no registry has opened.
const NO_UPLOAD: &str = "blobs/uploads/00000000-0000-0000-0000-000000000000";

/// What a preflight found out about rights, without changing anything.
#[derive(Debug)]
pub enum AccessCheck {
    /// All rights are there, or the registry asks for none.
    Granted,
    /// The credentials are accepted, and the registry does not tell which
    /// rights they have.
    Accepted,
    /// A right is missing.
    MissingRight(Right),
    /// No credentials are known, or they are not accepted.
    Unauthorized(RegistryError),
    /// The rights are there and the repository is not. Many registries create
    /// it with the first push.
    NotFound,
    /// The registry or its token server could not be asked.
    Unreachable(RegistryError),
}

impl RegistryClient {
    /// Asks whether these rights would be granted, without side effects: by
    /// what the token says; where it says nothing, by requests for things that
    /// do not exist, which a registry refuses differently when rights are missing.
    pub async fn check_access(&self, repository: &Repository, rights: &[Right]) -> AccessCheck {
        let outcome = self.rights(repository, rights).await;
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
    pub async fn can_delete(&self, repository: &Repository) -> Result<bool, RegistryError> {
        let nothing = Digest::of(&fastrand::u128(..).to_be_bytes());
        match self.delete(repository, &nothing).await {
            Ok(_) => Ok(true),
            Err(RegistryError::Unsupported { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn rights(
        &self,
        repository: &Repository,
        rights: &[Right],
    ) -> Result<AccessCheck, RegistryError> {
        let access = Access::asking(repository, rights);
        let sent = self.log_in(&access).await?;
        let lacking = access.scopes.first().and_then(|scope| sent.grant.lacks(scope));
        if let Some(right) = lacking {
            return Err(lacks(&access, &sent, right));
        }
        let told = sent.grant != Grant::Unstated || self.try_rights(&access, rights).await?;
        if rights.contains(&Right::Pull) && !self.repository_exists(&access).await? {
            return Ok(AccessCheck::NotFound);
        }
        Ok(if told { AccessCheck::Granted } else { AccessCheck::Accepted })
    }

    /// Tries the rights on things that do not exist. `false` when the answers
    /// do not tell.
    async fn try_rights(&self, access: &Access, rights: &[Right]) -> Result<bool, RegistryError> {
        let repository = &access.repository;
        if rights.contains(&Right::Delete) && !self.can_delete(repository).await? {
            let (repository, message) = (repository.clone(), "deletion is switched off".to_owned());
            return Err(RegistryError::MissingRight { right: Right::Delete, repository, message });
        }
        if !rights.contains(&Right::Push) {
            return Ok(true);
        }
        let url = self.endpoint(repository.registry())?.url(repository, NO_UPLOAD);
        let request = Request::patch(url, Vec::new()).without_redirects();
        let answer = self.fetch(request, &Access::push(repository), ANSWER_LIMIT).await?;
        let code = refusal::words(&answer.body).0;
        Ok(matches!(code.as_deref(), Some("BLOB_UPLOAD_UNKNOWN" | "BLOB_UPLOAD_INVALID")))
    }

    /// What requests would be sent with, once the registry has asked for it at `v2/`.
    async fn log_in(&self, access: &Access) -> Result<Authorized, RegistryError> {
        let authorizer = self.authorizer(access.repository.registry())?;
        let known = authorizer.authorize(access).await?;
        let root = authorizer.endpoint().api_root();
        let request = Request::get(root)
            .authorization(known.authorization.clone())
            .patience(self.limits().patience(0));
        let answer = self.shared.http.fetch(&request, ANSWER_LIMIT).await;
        let answer = answer.map_err(|error| self.failed(&access.repository, error))?;
        match answer.status {
            StatusCode::OK => Ok(known),
            StatusCode::UNAUTHORIZED => {
                let renewed =
                    authorizer.renew(access, &known, &answer.url, &answer.headers).await?;
                match renewed {
                    Some(sent) => self.accepted(access, sent).await,
                    // A token for a repository need not open `v2/`.
                    None if known.grant != Grant::Unstated => Ok(known),
                    None => Err(refusal::of_rights(access, &known, answer.status, &answer.body)),
                }
            }
            _ => Err(refusal::other(format!("{}", access.repository.registry()), &answer)),
        }
    }

    /// A token is judged by what it says; user and password only by trying them.
    async fn accepted(
        &self,
        access: &Access,
        sent: Authorized,
    ) -> Result<Authorized, RegistryError> {
        if sent.grant == Grant::Unstated {
            let url = self.endpoint(access.repository.registry())?.api_root();
            let answer = self.fetch(Request::get(url), access, ANSWER_LIMIT).await?;
            if !answer.status.is_success() {
                return Err(refusal::other(access.repository.registry().to_string(), &answer));
            }
        }
        Ok(sent)
    }

    async fn repository_exists(&self, access: &Access) -> Result<bool, RegistryError> {
        let endpoint = self.endpoint(access.repository.registry())?;
        let mut url = endpoint.url(&access.repository, "tags/list");
        url.set_query(Some("n=1"));
        let answer = self.fetch(Request::get(url), &access.reading(), ANSWER_LIMIT).await?;
        match answer.status {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(refusal::other(format!("tags of {}", access.repository), &answer)),
        }
    }
}

/// A stranger lacks rights because nobody logged in.
fn lacks(access: &Access, sent: &Authorized, right: Right) -> RegistryError {
    let (repository, message) = (access.repository.clone(), String::new());
    if sent.credentials_known {
        return RegistryError::MissingRight { right, repository, message };
    }
    let registry = repository.registry().clone();
    RegistryError::Unauthorized { registry, credentials_known: false, message }
}
