use std::{fmt, time::Duration};

use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::{Authorization, Body, Progress};

/// How long the head of an answer may take after the body was sent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether answers that point elsewhere are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirects {
    /// Up to ten; the authorization stays with the first host.
    #[default]
    Follow,
    /// The caller sees the redirect itself.
    Never,
}

/// One HTTP request, as a value.
#[derive(Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Where it goes; user and password in it are not used.
    pub url: Url,
    /// Headers other than authorization and length.
    pub headers: HeaderMap,
    /// Who asks.
    pub authorization: Option<Authorization>,
    /// What it carries.
    pub body: Body,
    /// Whether sending it twice does what sending it once does.
    pub repeatable: bool,
    /// What to do with a redirect.
    pub redirects: Redirects,
    /// How long the head of the answer may take, sending included.
    pub patience: Duration,
    /// Called with the bytes sent.
    pub progress: Option<Progress>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.method, crate::RedactedUrl::from(&self.url), self.body)
    }
}

impl Request {
    /// A request without headers and body. POST and PATCH count as not repeatable.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        let repeatable = !matches!(method, Method::POST | Method::PATCH);
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            authorization: None,
            body: Body::Empty,
            repeatable,
            redirects: Redirects::Follow,
            patience: PATIENCE,
            progress: None,
        }
    }

    /// `GET`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// `HEAD`.
    #[must_use]
    pub fn head(url: Url) -> Self {
        Self::new(Method::HEAD, url)
    }

    /// `PUT`.
    #[must_use]
    pub fn put(url: Url, body: impl Into<Body>) -> Self {
        Self::new(Method::PUT, url).body(body)
    }

    /// `POST`.
    #[must_use]
    pub fn post(url: Url, body: impl Into<Body>) -> Self {
        Self::new(Method::POST, url).body(body)
    }

    /// `PATCH`.
    #[must_use]
    pub fn patch(url: Url, body: impl Into<Body>) -> Self {
        Self::new(Method::PATCH, url).body(body)
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete(url: Url) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// Sets a header. A value that no header can carry is left out: servers
    /// would refuse the whole request for it.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Sets who asks.
    #[must_use]
    pub fn authorization(mut self, authorization: Option<Authorization>) -> Self {
        self.authorization = authorization;
        self
    }

    /// Sets what it carries; a form brings its content type.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        match &self.body {
            Body::Multipart(form) => {
                let content_type = form.content_type();
                self.header("content-type", &content_type)
            }
            _ => self,
        }
    }

    /// Sends a value as JSON.
    #[must_use]
    pub fn json(self, value: &impl serde::Serialize) -> Self {
        // Our own types always serialise; a map with odd keys would give null.
        let bytes = serde_json::to_vec(value).unwrap_or_default();
        self.body(Body::Bytes(bytes.into())).header("content-type", "application/json")
    }

    /// States that sending twice does what sending once does.
    #[must_use]
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// Shows redirects to the caller.
    #[must_use]
    pub fn without_redirects(mut self) -> Self {
        self.redirects = Redirects::Never;
        self
    }

    /// How long the head of the answer may take, sending included (default 60 s).
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets what is called with the bytes sent.
    #[must_use]
    pub fn progress(mut self, progress: Option<Progress>) -> Self {
        self.progress = progress;
        self
    }
}
