use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;
use transport::{Authorization, Fetched, HeaderMap, HttpClient, Request, StatusCode, Url};

use super::{
    cache::{TokenCache, is_good},
    challenge::Challenge,
    grant::Grant,
    realm,
    scope::Access,
    token::{Token, plain_request, refresh_request},
};
use crate::{
    RegistryError,
    credentials::{Credential, CredentialQuery, CredentialSource},
    endpoint::RegistryEndpoint,
    error_response,
};

/// Longest answer of a token server that is read.
const ANSWER_LIMIT: usize = 64 << 10;

/// Gives each request to one registry what it must be sent with.
pub(crate) struct Authorizer {
    endpoint: RegistryEndpoint,
    http: HttpClient,
    source: Arc<dyn CredentialSource>,
    challenge: Mutex<Option<Challenge>>,
    tokens: TokenCache,
    credentials: Mutex<HashMap<String, Arc<OnceCell<Option<Credential>>>>>,
}

/// What a request is sent with, and the rights that it has.
#[derive(Debug, Clone)]
pub(crate) struct Authorized {
    pub(crate) authorization: Option<Authorization>,
    pub(crate) grant: Grant,
    /// Whether it comes from credentials; else it is anonymous.
    pub(crate) has_credentials: bool,
    /// Whether another request for it would give the same.
    fresh: bool,
}

impl Authorized {
    /// Nothing.
    pub(crate) fn anonymous() -> Self {
        Self { authorization: None, grant: Grant::Unstated, has_credentials: false, fresh: false }
    }

    fn by_token(token: &Token, has_credentials: bool, fresh: bool) -> Self {
        let authorization = Some(Authorization::Bearer(token.secret.clone()));
        Self { authorization, grant: token.grant.clone(), has_credentials, fresh }
    }

    /// Credentials that go with every request and never change.
    fn directly(authorization: Authorization) -> Self {
        Self {
            authorization: Some(authorization),
            grant: Grant::Unstated,
            has_credentials: true,
            fresh: true,
        }
    }

    fn bearer(&self) -> Option<&str> {
        match &self.authorization {
            Some(Authorization::Bearer(token)) => Some(token.expose_secret()),
            _ => None,
        }
    }
}

impl Authorizer {
    pub(crate) fn new(
        endpoint: RegistryEndpoint,
        http: HttpClient,
        source: Arc<dyn CredentialSource>,
    ) -> Self {
        Self {
            challenge: Mutex::new(endpoint.public_challenge().cloned()),
            endpoint,
            http,
            source,
            tokens: TokenCache::default(),
            credentials: Mutex::default(),
        }
    }

    pub(crate) fn endpoint(&self) -> &RegistryEndpoint {
        &self.endpoint
    }

    /// What to send with a request. Nothing while the registry has not yet
    /// asked for anything: its 401 is answered by [`Authorizer::renew`].
    pub(crate) async fn authorize(&self, access: &Access) -> Result<Authorized, RegistryError> {
        self.answer(access, None).await
    }

    /// What to send after a 401 to a request sent with `refused`. `None` when
    /// nothing else can be sent.
    pub(crate) async fn renew(
        &self,
        access: &Access,
        refused: &Authorized,
        answered_by: &Url,
        headers: &HeaderMap,
    ) -> Result<Option<Authorized>, RegistryError> {
        // Another host, after a redirect, is not asked about our credentials.
        let challenge = Challenge::of(headers).filter(|_| self.endpoint.is_own(answered_by));
        let Some(challenge) = challenge.filter(|_| !refused.fresh) else { return Ok(None) };
        *lock(&self.challenge) = Some(challenge);
        let renewed = self.answer(access, refused.bearer()).await?;
        Ok(renewed.authorization.is_some().then_some(renewed))
    }

    async fn answer(
        &self,
        access: &Access,
        refused: Option<&str>,
    ) -> Result<Authorized, RegistryError> {
        let Some(challenge) = lock(&self.challenge).clone() else {
            return Ok(Authorized::anonymous());
        };
        let credential = self.credential(access).await?;
        match (challenge, credential) {
            (_, Some(Credential::RegistryToken(token))) => {
                Ok(Authorized::directly(Authorization::Bearer(token)))
            }
            (Challenge::Basic, Some(Credential::Password { user, password })) => {
                Ok(Authorized::directly(Authorization::Basic { user, password }))
            }
            (Challenge::Basic, _) => Ok(Authorized::anonymous()),
            (Challenge::Bearer { realm, service }, credential) => {
                let server = TokenServer { realm, service, credential };
                self.token(access, &server, refused).await
            }
        }
    }

    /// A cached token, or a new one; only one request for the same scopes is
    /// under way at a time.
    async fn token(
        &self,
        access: &Access,
        server: &TokenServer,
        refused: Option<&str>,
    ) -> Result<Authorized, RegistryError> {
        let has_credentials = server.credential.is_some();
        let wider = self.tokens.covering(&access.scopes, Instant::now());
        if let Some(token) = wider.filter(|token| is_usable(token, refused)) {
            return Ok(Authorized::by_token(&token, has_credentials, false));
        }
        let mut cell = self.tokens.cell(&access.scopes).await;
        if let Some(token) = cell.as_ref().filter(|token| is_usable(token, refused)) {
            return Ok(Authorized::by_token(token, has_credentials, false));
        }
        let token = self.fetch_token(access, server).await?;
        *cell = Some(token.clone());
        Ok(Authorized::by_token(&token, has_credentials, true))
    }

    async fn fetch_token(
        &self,
        access: &Access,
        server: &TokenServer,
    ) -> Result<Token, RegistryError> {
        self.check_realm(&server.realm)?;
        if let Some(Credential::IdentityToken(token)) = &server.credential {
            let answer = self.ask(&server.refresh(access, token)).await?;
            // Servers without the OAuth2 form know the other one.
            if !matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
                return self.read_token(answer, true);
            }
        }
        let answer = self.ask(&server.plain(access)).await?;
        self.read_token(answer, server.credential.is_some())
    }

    fn check_realm(&self, realm: &Url) -> Result<(), RegistryError> {
        realm::check(realm, self.endpoint.base_url()).map_err(|reason| {
            RegistryError::UntrustedRealm {
                registry: self.endpoint.registry().clone(),
                realm: transport::RedactedUrl::from(realm).to_string(),
                reason,
            }
        })
    }

    async fn ask(&self, request: &Request) -> Result<Fetched, RegistryError> {
        let fetched = self.http.fetch(request, ANSWER_LIMIT).await;
        fetched.map_err(|error| RegistryError::from_http(self.endpoint.registry(), error))
    }

    fn read_token(&self, answer: Fetched, has_credentials: bool) -> Result<Token, RegistryError> {
        let registry = self.endpoint.registry();
        match answer.status {
            StatusCode::OK => Token::parse(&answer.body, Instant::now()).ok_or_else(|| {
                RegistryError::from_http(registry, answer.garbage("there is no token in it"))
            }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(RegistryError::Unauthorized {
                registry: registry.clone(),
                has_credentials,
                message: error_response::read(&answer.body).message,
            }),
            _ => Err(error_response::refusal(format!("token of {registry}"), &answer)),
        }
    }

    async fn credential(&self, access: &Access) -> Result<Option<Credential>, RegistryError> {
        let path = access.repository.path();
        let cell = Arc::clone(lock(&self.credentials).entry(path.to_owned()).or_default());
        let query = CredentialQuery::of(&self.endpoint, &access.repository);
        cell.get_or_try_init(|| self.source.credential(&query)).await.cloned()
    }
}

/// The token server of a challenge, and who asks it.
struct TokenServer {
    realm: Url,
    service: Option<String>,
    credential: Option<Credential>,
}

impl TokenServer {
    fn plain(&self, access: &Access) -> Request {
        let credential = self.credential.as_ref();
        plain_request(&self.realm, self.service.as_deref(), &access.scopes, credential)
            .without_redirects()
    }

    /// A redirect would carry the refresh token to another host.
    fn refresh(&self, access: &Access, token: &SecretString) -> Request {
        refresh_request(&self.realm, self.service.as_deref(), &access.scopes, token)
            .without_redirects()
    }
}

fn is_usable(token: &Token, refused: Option<&str>) -> bool {
    is_good(token, Instant::now()) && Some(token.secret.expose_secret()) != refused
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
