use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use image_ref::{Registry, Repository};
use transport::{Backoff, Fetched, HttpClient, HttpError, Request, Response, StatusCode};

use super::{limits::Limits, missing_rights, server_response::ServerResponse};
use crate::{
    Endpoints, RegistryError,
    auth::{Access, Authorized, Authorizer},
    credentials::CredentialSource,
    endpoint::RegistryEndpoint,
};

/// What the resources of all repositories share: connections, addresses,
/// credentials and tokens.
pub(super) struct Connection {
    http: HttpClient,
    endpoints: Endpoints,
    source: Arc<dyn CredentialSource>,
    limits: Limits,
    authorizers: Mutex<HashMap<Registry, Arc<Authorizer>>>,
}

impl Connection {
    pub(super) fn new(
        http: HttpClient,
        endpoints: Endpoints,
        source: Arc<dyn CredentialSource>,
        limits: Limits,
    ) -> Self {
        Self { http, endpoints, source, limits, authorizers: Mutex::default() }
    }

    /// Another connection with the same HTTP client and addresses.
    pub(super) fn with(&self, source: Arc<dyn CredentialSource>, limits: Limits) -> Self {
        Self::new(self.http.clone(), self.endpoints.clone(), source, limits)
    }

    pub(super) fn source(&self) -> &Arc<dyn CredentialSource> {
        &self.source
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff::new(self.limits.first_wait).jitter(0.25).attempts(self.limits.attempts)
    }

    pub(super) fn endpoint(&self, registry: &Registry) -> Result<RegistryEndpoint, RegistryError> {
        self.endpoints.endpoint(registry).ok_or_else(|| RegistryError::Malformed {
            what: format!("registry `{registry}`"),
            reason: "it makes no web address".to_owned(),
        })
    }

    /// The authorizer of a registry; the same one each time, for its tokens.
    pub(super) fn authorizer(&self, registry: &Registry) -> Result<Arc<Authorizer>, RegistryError> {
        let mut authorizers = self.authorizers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(authorizer) = authorizers.get(registry) {
            return Ok(Arc::clone(authorizer));
        }
        let (http, source) = (self.http.clone(), Arc::clone(&self.source));
        let authorizer = Arc::new(Authorizer::new(self.endpoint(registry)?, http, source));
        authorizers.insert(registry.clone(), Arc::clone(&authorizer));
        Ok(authorizer)
    }

    pub(super) fn error(&self, repository: &Repository, error: HttpError) -> RegistryError {
        RegistryError::from_http(repository.registry(), error)
    }

    /// Sends with the authorization that `access` needs, and reads the whole
    /// response. Any status is returned but 401 and 403.
    pub(super) async fn fetch(
        &self,
        request: Request,
        access: &Access,
        limit: usize,
    ) -> Result<Fetched, RegistryError> {
        let moved = request.body.length();
        self.fetch_long(request, access, limit, moved).await
    }

    /// As [`Connection::fetch`], for a request after which the registry works
    /// through so many bytes before it responds.
    pub(super) async fn fetch_long(
        &self,
        request: Request,
        access: &Access,
        limit: usize,
        bytes: u64,
    ) -> Result<Fetched, RegistryError> {
        let request = request.patience(self.limits.patience_for(bytes));
        self.exchange(
            request,
            access,
            |request| async move { self.http.fetch(&request, limit).await },
        )
        .await
    }

    /// As [`Connection::fetch`]; the body is left to the caller.
    pub(super) async fn open(
        &self,
        request: Request,
        access: &Access,
    ) -> Result<Response, RegistryError> {
        let request = request.patience(self.limits.patience_for(0));
        self.exchange(request, access, |request| async move { self.http.open(&request).await })
            .await
    }

    /// Sends once with this authorization, whatever the status of the response.
    pub(super) async fn fetch_authorized(
        &self,
        request: Request,
        access: &Access,
        sent: &Authorized,
        limit: usize,
    ) -> Result<Fetched, RegistryError> {
        let request = request.patience(self.limits.patience_for(0));
        let fetched = self.http.fetch(&authorized(&request, sent), limit).await;
        fetched.map_err(|error| self.error(&access.repository, error))
    }

    async fn exchange<R: ServerResponse, F>(
        &self,
        request: Request,
        access: &Access,
        send: impl Fn(Request) -> F,
    ) -> Result<R, RegistryError>
    where
        F: Future<Output = Result<R, HttpError>>,
    {
        let authorizer = self.authorizer(access.repository.registry())?;
        let failed = |error| self.error(&access.repository, error);
        let sent = authorize(&authorizer, &request, access).await?;
        let response = send(authorized(&request, &sent)).await.map_err(failed)?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return refuse_missing_rights(response, access, &sent).await;
        }
        let renewed = authorizer.renew(access, &sent, response.url(), response.headers()).await?;
        let Some(sent) = renewed else {
            return refuse_missing_rights(response, access, &sent).await;
        };
        let response = send(authorized(&request, &sent)).await.map_err(failed)?;
        refuse_missing_rights(response, access, &sent).await
    }
}

/// Addresses that the registry gave us and that are not its own get nothing.
async fn authorize(
    authorizer: &Arc<Authorizer>,
    request: &Request,
    access: &Access,
) -> Result<Authorized, RegistryError> {
    if authorizer.endpoint().is_own(&request.url) {
        return authorizer.authorize(access).await;
    }
    Ok(Authorized::anonymous())
}

fn authorized(request: &Request, sent: &Authorized) -> Request {
    request.clone().authorization(sent.authorization.clone())
}

async fn refuse_missing_rights<R: ServerResponse>(
    response: R,
    access: &Access,
    sent: &Authorized,
) -> Result<R, RegistryError> {
    match response.status() {
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            let body = response.error_body().await;
            Err(missing_rights::refusal(access, sent, status, &body))
        }
        _ => Ok(response),
    }
}
