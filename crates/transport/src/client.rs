use std::time::{Duration, Instant, SystemTime};

use reqwest::{header, redirect};

use crate::{
    Fetched, HttpError, RedactedUrl, Redirects, Request, Response, RetryPolicy,
    error::is_passing,
    rate_limit::is_rate_limited,
    requested_wait::requested_wait,
    root_cause::root_cause,
    tls,
    trace::{trace_redirect, trace_request},
};

/// How long a connection may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Longest body of a response that is an error.
const ERROR_LIMIT: usize = 64 << 10;

/// Sends requests. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    retry: RetryPolicy,
}

tokio::task_local! {
    /// Whether the request that is being sent follows redirects: a client has one policy,
    /// and a client for each would have connections of its own.
    static REDIRECTS: Redirects;
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
        let client = build(user_agent, tls::config())?;
        Ok(Self { client, retry: RetryPolicy::default() })
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
        self.repeat(request, async |attempt| {
            self.send(request, attempt).await?.collect(limit).await
        })
        .await
    }

    /// As [`HttpClient::fetch`], and any status but 2xx is an error.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn fetch_ok(&self, request: &Request, limit: usize) -> Result<Fetched, HttpError> {
        self.fetch(request, limit).await?.expect_success()
    }

    /// Sends, repeats as the policy and the request allow until the head of a
    /// response is there, and leaves the body to the caller.
    ///
    /// # Errors
    /// As [`HttpClient::fetch`].
    pub async fn open(&self, request: &Request) -> Result<Response, HttpError> {
        self.repeat(request, |attempt| self.send(request, attempt)).await
    }

    /// Calls `send` with the number of the attempt.
    async fn repeat<T, F>(&self, request: &Request, send: impl Fn(u32) -> F) -> Result<T, HttpError>
    where
        F: Future<Output = Result<T, HttpError>>,
    {
        let mut backoff = self.retry.backoff();
        loop {
            let error = match send(backoff.attempt()).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if !may_repeat(request, &error) {
                return Err(error);
            }
            let Some(wait) = backoff.next_wait_after(&error) else { return Err(error) };
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends once. Statuses that mean "later" are errors, for the retry policy to see.
    async fn send(&self, request: &Request, attempt: u32) -> Result<Response, HttpError> {
        let begin = Instant::now();
        let outcome = self.exchange(request).await;
        trace_request(request, attempt, &outcome, begin.elapsed());
        check_status(Response::new(request, outcome?)).await
    }

    async fn exchange(&self, request: &Request) -> Result<reqwest::Response, HttpError> {
        let built = to_reqwest(request).ok_or_else(|| unsendable(request))?;
        let sent = REDIRECTS.scope(request.redirects, self.client.execute(built));
        match tokio::time::timeout(request.patience, sent).await {
            Ok(response) => response.map_err(|error| sending_failed(request, error)),
            Err(_) => Err(timed_out(request)),
        }
    }
}

fn may_repeat(request: &Request, error: &HttpError) -> bool {
    error.was_refused_unprocessed() || request.repeatable && error.may_pass()
}

fn build(user_agent: &str, tls: rustls::ClientConfig) -> Result<reqwest::Client, HttpError> {
    reqwest::Client::builder()
        .user_agent(user_agent)
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(redirect_policy())
        .build()
        .map_err(HttpError::Setup)
}

fn redirect_policy() -> redirect::Policy {
    let limited = redirect::Policy::limited(10);
    redirect::Policy::custom(move |attempt| match REDIRECTS.try_with(|redirects| *redirects) {
        Ok(Redirects::Follow) => {
            trace_redirect(&attempt);
            limited.redirect(attempt)
        }
        // Without a statement nothing is followed: a redirect may carry a secret elsewhere.
        Ok(Redirects::Never) | Err(_) => attempt.stop(),
    })
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

/// Turns the responses that mean "later" into errors.
async fn check_status(response: Response) -> Result<Response, HttpError> {
    let (status, headers) = (response.status(), response.headers());
    if is_rate_limited(status, headers) {
        let retry_after = requested_wait(headers, SystemTime::now());
        let error = response.collect(ERROR_LIMIT).await?.into_error();
        let HttpError::Status { method, url, .. } = error else { return Err(error) };
        return Err(HttpError::RateLimited { method, url, retry_after });
    }
    if is_passing(status) {
        return Err(response.collect(ERROR_LIMIT).await?.into_error());
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

/// After a redirect it may be another host that failed.
fn sending_failed(request: &Request, error: reqwest::Error) -> HttpError {
    let url = RedactedUrl::from(error.url().unwrap_or(&request.url));
    let (method, error) = (request.method.clone(), error.without_url());
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => HttpError::Connect { method, url, reason: connect_timed_out() },
        (true, false) => HttpError::Connect { method, url, reason: root_cause(&error) },
        (false, _) => HttpError::Interrupted { method, url, reason: root_cause(&error) },
    }
}

fn connect_timed_out() -> String {
    format!("no response within {} s", CONNECT_TIMEOUT.as_secs())
}
