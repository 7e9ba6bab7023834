use std::time::Duration;

use reqwest::{header, redirect};

use crate::{
    Fetched, HttpError, RedactedUrl, Redirects, Request, Response, RetryPolicy,
    response::without_url,
    retry::{asked_wait, is_rate_limited},
    tls,
};

/// Sends requests. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct HttpClient {
    following: reqwest::Client,
    staying: reqwest::Client,
    retry: RetryPolicy,
}

impl HttpClient {
    /// A client that names itself `user_agent`, trusts the system's
    /// certificates (read at the first handshake) and honours the usual proxy
    /// variables.
    ///
    /// # Errors
    /// [`HttpError::Setup`].
    pub fn new(user_agent: &str) -> Result<Self, HttpError> {
        // A second client in the same process finds the provider in place.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = tls::config();
        Ok(Self {
            following: build(user_agent, tls.clone(), redirect::Policy::limited(10))?,
            staying: build(user_agent, tls, redirect::Policy::none())?,
            retry: RetryPolicy::default(),
        })
    }

    /// The same client with another retry policy.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Sends, repeats as the policy and the request allow, and reads the whole
    /// body. Every status is returned, except those that mean "try later" when
    /// the attempts are used up.
    ///
    /// # Errors
    /// [`HttpError`]; `Status` only for 408, 500, 502, 503 and 504.
    pub async fn fetch(&self, request: &Request, limit: usize) -> Result<Fetched, HttpError> {
        self.repeat(request, || async { self.send_once(request).await?.collect(limit).await }).await
    }

    /// As [`HttpClient::fetch`], and any status but 2xx is an error.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn fetch_ok(&self, request: &Request, limit: usize) -> Result<Fetched, HttpError> {
        self.fetch(request, limit).await?.expect_success()
    }

    /// Sends, repeats as the policy and the request allow until the head of an
    /// answer is there, and leaves the body to the caller.
    ///
    /// # Errors
    /// As [`HttpClient::fetch`].
    pub async fn open(&self, request: &Request) -> Result<Response, HttpError> {
        self.repeat(request, || self.send_once(request)).await
    }

    async fn repeat<T, F>(&self, request: &Request, send: impl Fn() -> F) -> Result<T, HttpError>
    where
        F: Future<Output = Result<T, HttpError>>,
    {
        let mut attempt = 1;
        loop {
            let error = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(wait) = self.retry.wait(attempt, request.repeatable, &error) else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn send_once(&self, request: &Request) -> Result<Response, HttpError> {
        let client = match request.redirects {
            Redirects::Follow => &self.following,
            Redirects::Never => &self.staying,
        };
        let built = to_reqwest(request).ok_or_else(|| unsendable(request))?;
        let answer = tokio::time::timeout(request.patience, client.execute(built)).await;
        match answer {
            Ok(Ok(response)) => judge(Response::new(request, response)).await,
            Ok(Err(source)) => Err(sending_failed(request, source)),
            Err(_) => Err(timed_out(request)),
        }
    }
}

fn build(
    user_agent: &str,
    tls: rustls::ClientConfig,
    policy: redirect::Policy,
) -> Result<reqwest::Client, HttpError> {
    reqwest::Client::builder()
        .user_agent(user_agent)
        .tls_backend_preconfigured(tls)
        .connect_timeout(Duration::from_secs(15))
        .redirect(policy)
        .build()
        .map_err(HttpError::Setup)
}

fn to_reqwest(request: &Request) -> Option<reqwest::Request> {
    let mut built = reqwest::Request::new(request.method.clone(), request.url.clone());
    *built.headers_mut() = request.headers.clone();
    if let Some(authorization) = &request.authorization {
        built.headers_mut().insert(header::AUTHORIZATION, authorization.header_value()?);
    }
    let length = request.body.length();
    if length > 0 || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        built.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        *built.body_mut() = Some(request.body.to_reqwest(request.progress.as_ref()));
    }
    Some(built)
}

/// Turns the answers that mean "later" into errors, for the retry policy to see.
async fn judge(response: Response) -> Result<Response, HttpError> {
    let (status, headers) = (response.status(), response.headers());
    if is_rate_limited(status, headers) {
        let retry_after = asked_wait(headers, std::time::SystemTime::now());
        let error = response.collect(64 << 10).await?.into_error();
        let HttpError::Status { method, url, .. } = error else { return Err(error) };
        return Err(HttpError::RateLimited { method, url, retry_after });
    }
    if matches!(status.as_u16(), 408 | 500 | 502 | 503 | 504) {
        return Err(response.collect(64 << 10).await?.into_error());
    }
    Ok(response)
}

fn unsendable(request: &Request) -> HttpError {
    HttpError::Unsendable { method: request.method.clone(), url: RedactedUrl::from(&request.url) }
}

fn timed_out(request: &Request) -> HttpError {
    let (method, url) = (request.method.clone(), RedactedUrl::from(&request.url));
    HttpError::TimedOut { method, url, waited: request.patience }
}

fn sending_failed(request: &Request, source: reqwest::Error) -> HttpError {
    let (method, url) = (request.method.clone(), RedactedUrl::from(&request.url));
    if source.is_connect() {
        return HttpError::Connect { method, url, source: source.without_url() };
    }
    HttpError::Interrupted { method, url, source: without_url(source) }
}
