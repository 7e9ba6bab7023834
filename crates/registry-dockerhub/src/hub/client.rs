use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use image_ref::{ImageTag, Registry, Repository};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::Mutex as AsyncMutex;
use transport::{Authorization, Fetched, HttpClient, HttpError, Method, Request, StatusCode, Url};

use super::{
    HubLogin, HubRepository, HubTag, RateLimit,
    token::{self, HubToken},
};
use crate::{Deletion, RegistryError, Right, endpoint::table, error_response};

/// Tags asked for at once: the most that Docker Hub gives.
const PAGE: usize = 100;
/// Longest answer that is read.
const ANSWER_LIMIT: usize = 8 << 20;

/// Docker Hub's own API. Cheap to clone; the token is shared.
#[derive(Debug, Clone)]
pub struct HubClient {
    http: HttpClient,
    base_url: Url,
    login: Option<HubLogin>,
    token: Arc<AsyncMutex<Option<HubToken>>>,
    rate_limit: Arc<Mutex<Option<RateLimit>>>,
}

#[derive(Deserialize)]
struct Page {
    next: Option<String>,
    results: Vec<HubTag>,
}

impl HubClient {
    /// The public API; without a login only what everybody may see. `None`
    /// never occurs with the address of the table.
    #[must_use]
    pub fn public(http: HttpClient, login: Option<HubLogin>) -> Option<Self> {
        Some(Self::at(http, table::HUB.parse().ok()?, login))
    }

    /// The API at another place: rehearsals and tests.
    #[must_use]
    pub fn at(http: HttpClient, base_url: Url, login: Option<HubLogin>) -> Self {
        let (token, rate_limit) = (Arc::default(), Arc::default());
        Self { http, base_url, login, token, rate_limit }
    }

    /// Whether Docker Hub accepts the login.
    ///
    /// # Errors
    /// [`RegistryError::Unauthorized`] when it does not, or others.
    pub async fn check_login(&self) -> Result<(), RegistryError> {
        match self.token(None).await? {
            Some(_) => Ok(()),
            None => Err(unauthorized(false, String::new())),
        }
    }

    /// All tags with digests, sizes and dates, in Docker Hub's order.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when there is no such repository.
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<HubTag>, RegistryError> {
        let what = format!("tags of {repository}");
        let mut url = self.repository_url(repository, "/tags")?;
        url.query_pairs_mut().append_pair("page_size", &PAGE.to_string());
        let (mut next, mut tags) = (Some(url), Vec::<HubTag>::new());
        while let Some(url) = next.take() {
            let answer = self.send(Request::get(url.clone()), repository, Right::Pull).await?;
            // A page after the last one is 404: a tag was deleted meanwhile.
            if answer.status == StatusCode::NOT_FOUND && !tags.is_empty() {
                break;
            }
            let page: Page = read(answer, &what)?;
            tags.extend(page.results);
            let following = page.next.and_then(|next| url.join(&next).ok());
            next = following.filter(|next| self.is_own(next) && *next != url);
        }
        Ok(tags)
    }

    /// One tag, or `None`.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn tag(
        &self,
        repository: &Repository,
        tag: &ImageTag,
    ) -> Result<Option<HubTag>, RegistryError> {
        let url = self.repository_url(repository, &format!("/tags/{tag}"))?;
        let answer = self.send(Request::get(url), repository, Right::Pull).await?;
        optional(answer, &format!("{repository}:{tag}"))
    }

    /// Deletes one tag; its image and its other tags stay. The request is not
    /// in the published description; Docker's own tools use it (hub-tool).
    ///
    /// # Errors
    /// [`RegistryError`]; `MissingRight` when the token may not delete.
    pub async fn delete_tag(
        &self,
        repository: &Repository,
        tag: &ImageTag,
    ) -> Result<Deletion, RegistryError> {
        let path = format!("v2/repositories/{}/tags/{tag}/", repository.path());
        let url = self.url(&path)?;
        let request = Request::new(Method::DELETE, url).without_redirects();
        let answer = self.send(request, repository, Right::Delete).await?;
        match answer.status {
            status if status.is_success() => Ok(Deletion::Deleted),
            StatusCode::NOT_FOUND => Ok(Deletion::WasAbsent),
            _ => Err(error_response::refusal(format!("delete {repository}:{tag}"), &answer)),
        }
    }

    /// The repository, or `None` when it does not exist or is not shown to us.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn repository(
        &self,
        repository: &Repository,
    ) -> Result<Option<HubRepository>, RegistryError> {
        let url = self.repository_url(repository, "")?;
        let answer = self.send(Request::get(url), repository, Right::Pull).await?;
        optional(answer, &repository.to_string())
    }

    /// How many requests were left at the last answer.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends with a token; a refused one is renewed once.
    async fn send(
        &self,
        request: Request,
        repository: &Repository,
        needed: Right,
    ) -> Result<Fetched, RegistryError> {
        let token = self.token(None).await?;
        let mut answer = self.send_with(&request, token.as_ref()).await?;
        if let (StatusCode::UNAUTHORIZED, Some(refused)) = (answer.status, &token) {
            let renewed = self.token(Some(refused)).await?;
            answer = self.send_with(&request, renewed.as_ref()).await?;
        }
        let message = error_response::read(&answer.body).message;
        let has_credentials = token.is_some();
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(unauthorized(has_credentials, message)),
            StatusCode::FORBIDDEN if !has_credentials => Err(unauthorized(false, message)),
            StatusCode::FORBIDDEN => {
                let repository = repository.clone();
                Err(RegistryError::MissingRight { right: needed, repository, message })
            }
            _ => Ok(answer),
        }
    }

    async fn send_with(
        &self,
        request: &Request,
        token: Option<&HubToken>,
    ) -> Result<Fetched, RegistryError> {
        let bearer = token.map(|token| Authorization::Bearer(token.secret.clone()));
        let request = request.clone().authorization(bearer);
        let answer = self.http.fetch(&request, ANSWER_LIMIT).await.map_err(failed)?;
        if let Some(limit) = RateLimit::from_headers(&answer.headers) {
            *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
        }
        Ok(answer)
    }

    /// The token, a new one when it is old or was refused; `None` without a login.
    async fn token(&self, refused: Option<&HubToken>) -> Result<Option<HubToken>, RegistryError> {
        let Some(login) = &self.login else { return Ok(None) };
        let mut cell = self.token.lock().await;
        if let Some(token) = cell.as_ref().filter(|token| is_usable(token, refused)) {
            return Ok(Some(token.clone()));
        }
        let token = self.fetch_token(login).await?;
        *cell = Some(token.clone());
        Ok(Some(token))
    }

    async fn fetch_token(&self, login: &HubLogin) -> Result<HubToken, RegistryError> {
        let request = token::request(self.url("v2/auth/token")?, login);
        let answer = self.http.fetch(&request, ANSWER_LIMIT).await.map_err(failed)?;
        match answer.status {
            StatusCode::OK => HubToken::parse(&answer.body, Instant::now())
                .ok_or_else(|| failed(answer.garbage("there is no token in it"))),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(unauthorized(true, error_response::read(&answer.body).message))
            }
            _ => Err(error_response::refusal("login to Docker Hub".to_owned(), &answer)),
        }
    }

    fn repository_url(&self, repository: &Repository, rest: &str) -> Result<Url, RegistryError> {
        let (namespace, name) = split(repository)?;
        self.url(&format!("v2/namespaces/{namespace}/repositories/{name}{rest}"))
    }

    fn url(&self, path: &str) -> Result<Url, RegistryError> {
        self.base_url.join(path).map_err(|error| RegistryError::Malformed {
            what: format!("address of Docker Hub's `{path}`"),
            reason: error.to_string(),
        })
    }

    /// The token goes to no other host than this.
    fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.base_url.origin()
    }
}

fn is_usable(token: &HubToken, refused: Option<&HubToken>) -> bool {
    let is_refused = |old: &HubToken| old.secret.expose_secret() == token.secret.expose_secret();
    token.is_good(Instant::now()) && !refused.is_some_and(is_refused)
}

fn split(repository: &Repository) -> Result<(&str, &str), RegistryError> {
    let parts = repository.path().split_once('/').filter(|(_, name)| !name.contains('/'));
    parts.ok_or_else(|| RegistryError::Malformed {
        what: format!("repository {repository}"),
        reason: "Docker Hub has repositories of two components only".to_owned(),
    })
}

fn read<T: DeserializeOwned>(answer: Fetched, what: &str) -> Result<T, RegistryError> {
    match answer.status {
        StatusCode::OK => answer.json().map_err(failed),
        _ => Err(error_response::refusal(what.to_owned(), &answer)),
    }
}

fn optional<T: DeserializeOwned>(answer: Fetched, what: &str) -> Result<Option<T>, RegistryError> {
    match answer.status {
        StatusCode::NOT_FOUND => Ok(None),
        _ => read(answer, what).map(Some),
    }
}

fn failed(error: HttpError) -> RegistryError {
    RegistryError::from_http(&Registry::docker_hub(), error)
}

fn unauthorized(has_credentials: bool, message: String) -> RegistryError {
    RegistryError::Unauthorized { registry: Registry::docker_hub(), has_credentials, message }
}
