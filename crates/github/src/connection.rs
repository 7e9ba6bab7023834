use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use transport::{Authorization, Fetched, HttpClient, Request, Response};

use crate::{
    GitHubError,
    refusal::{needed_permission, refusal_error},
    requests::{PAGE_SIZE, Requests},
};

/// Longest JSON response that is read.
const MAX_RESPONSE: usize = 32 << 20;

/// Pages of a list that are read at most.
const MAX_PAGES: usize = 50;

/// How often a download is tried in all when its body breaks off.
const ATTEMPTS: u32 = 3;

/// Sends the requests of one repository with its token.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    http: HttpClient,
    pub(crate) requests: Requests,
    token: Option<SecretString>,
    pub(crate) settle_time: Duration,
}

impl Connection {
    pub(crate) fn new(http: HttpClient, requests: Requests, token: Option<SecretString>) -> Self {
        Self { http, requests, token, settle_time: Duration::from_secs(2) }
    }

    pub(crate) fn require_token(&self, purpose: &str) -> Result<(), GitHubError> {
        match self.token {
            Some(_) => Ok(()),
            None => Err(GitHubError::NoToken { purpose: purpose.to_owned() }),
        }
    }

    /// A text of somebody else that may repeat the token.
    pub(crate) fn without_token(&self, text: &str) -> String {
        let token = self.token.as_ref().map(ExposeSecret::expose_secret);
        match token.filter(|token| !token.is_empty()) {
            Some(token) => text.replace(token, "***"),
            None => text.to_owned(),
        }
    }

    /// Sends; every status but 2xx is an error.
    pub(crate) async fn send(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<Fetched, GitHubError> {
        let needs = needed_permission(request.url.path());
        let fetched = self.http.fetch(&self.authorized(request), MAX_RESPONSE).await;
        let response = fetched.map_err(|error| GitHubError::request_failed(purpose, error))?;
        if response.status.is_success() {
            return Ok(response);
        }
        Err(refusal_error(&response, purpose, needs))
    }

    /// Sends and parses the response.
    pub(crate) async fn fetch_json<T: DeserializeOwned>(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<T, GitHubError> {
        let response = self.send(request, purpose).await?;
        response.json().map_err(|error| GitHubError::request_failed(purpose, error))
    }

    /// As [`Connection::fetch_json`]; `None` for 404.
    pub(crate) async fn fetch_json_optional<T: DeserializeOwned>(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<Option<T>, GitHubError> {
        match self.fetch_json(request, purpose).await {
            Err(GitHubError::NotFound { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Reads all pages of a list.
    pub(crate) async fn fetch_list<T: DeserializeOwned>(
        &self,
        page_request: impl Fn(usize) -> Request,
        purpose: &str,
    ) -> Result<Vec<T>, GitHubError> {
        self.fetch_pages(MAX_PAGES, page_request, |page: Vec<T>| page, purpose).await
    }

    /// Reads the pages of a list that is part of each response, `max_pages` at most.
    pub(crate) async fn fetch_pages<P: DeserializeOwned, T>(
        &self,
        max_pages: usize,
        page_request: impl Fn(usize) -> Request,
        entries: impl Fn(P) -> Vec<T>,
        purpose: &str,
    ) -> Result<Vec<T>, GitHubError> {
        let mut all = Vec::new();
        for number in 1..=max_pages {
            let page = entries(self.fetch_json(page_request(number), purpose).await?);
            let is_last = page.len() < PAGE_SIZE;
            all.extend(page);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Sends; the caller reads the body of the response chunk by chunk.
    pub(crate) async fn send_streaming(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<Response, GitHubError> {
        let needs = needed_permission(request.url.path());
        let opened = self.http.open(&self.authorized(request)).await;
        let response = opened.map_err(|error| GitHubError::request_failed(purpose, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let collected = response.collect(MAX_RESPONSE).await;
        let response = collected.map_err(|error| GitHubError::request_failed(purpose, error))?;
        Err(refusal_error(&response, purpose, needs))
    }

    /// Repeats a download whose body broke off: only the beginning of a response is
    /// repeated by the transport.
    pub(crate) async fn repeated<T>(
        &self,
        download: impl AsyncFn() -> Result<T, GitHubError>,
    ) -> Result<T, GitHubError> {
        let mut attempts_left = ATTEMPTS;
        loop {
            attempts_left -= 1;
            match download().await {
                Err(error) if error.is_ambiguous() && attempts_left > 0 => {
                    tokio::time::sleep(self.settle_time).await;
                }
                result => return result,
            }
        }
    }

    fn authorized(&self, request: Request) -> Request {
        request.authorization(self.token.clone().map(Authorization::Bearer))
    }
}
