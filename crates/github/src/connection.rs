use std::time::Duration;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use transport::{Authorization, Fetched, HttpClient, Request, Response};

use crate::{
    GitHubError,
    refusal::refusal_error,
    requests::{PAGE_SIZE, Requests},
};

/// Longest JSON response that is read.
const MAX_RESPONSE: usize = 32 << 20;

/// Pages of a list that are read at most.
const MAX_PAGES: usize = 50;

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

    /// Sends; every status but 2xx is an error.
    pub(crate) async fn send(
        &self,
        request: Request,
        purpose: &str,
    ) -> Result<Fetched, GitHubError> {
        let fetched = self.http.fetch(&self.authorized(request), MAX_RESPONSE).await;
        let response = fetched.map_err(|error| GitHubError::request_failed(purpose, error))?;
        if response.status.is_success() {
            return Ok(response);
        }
        Err(refusal_error(&response, purpose))
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
        let mut all = Vec::new();
        for number in 1..=MAX_PAGES {
            let page: Vec<T> = self.fetch_json(page_request(number), purpose).await?;
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
        let opened = self.http.open(&self.authorized(request)).await;
        let response = opened.map_err(|error| GitHubError::request_failed(purpose, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let collected = response.collect(MAX_RESPONSE).await;
        let response = collected.map_err(|error| GitHubError::request_failed(purpose, error))?;
        Err(refusal_error(&response, purpose))
    }

    fn authorized(&self, request: Request) -> Request {
        request.authorization(self.token.clone().map(Authorization::Bearer))
    }
}
