//! What goes wrong, and on which requests.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

/// What happens to a request that a [`Fault`] matches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// The body is read, nothing is processed, and this is the answer.
    Status {
        /// The status of the answer.
        code: StatusCode,
        /// The headers of the answer.
        headers: HeaderMap,
        /// The body of the answer.
        body: Bytes,
    },
    /// The request waits this long before anything else; adds up with other faults.
    Delay(Duration),
    /// The connection is reset as soon as the request's head has been read.
    ResetBeforeBody,
    /// The body is read in full, nothing is processed, then the connection is reset.
    ResetAfterBody,
    /// The request is processed in full, then the connection is reset instead of an answer.
    LostAnswer,
    /// The answer promises its full length, half of it follows, then the connection closes.
    ///
    /// An answer without a body, as to `HEAD`, has nothing to lose and stays as it is.
    TruncatedBody,
    /// The body is read, nothing is processed, and the answer is 200 with nonsense bytes.
    Garbage,
    /// The service is told to answer from an older state, as a stale cache would.
    Stale,
}

/// Stands in the extensions of a request that should be answered from an older state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale;

/// An [`Effect`], the requests it concerns, and how often it happens.
///
/// Made by one of the effect functions, it concerns every request, and happens once.
#[derive(Debug, Clone)]
#[must_use = "a fault does nothing until a plan injects it"]
pub struct Fault {
    method: Option<Method>,
    path_prefix: Option<String>,
    contains: Vec<String>,
    pub(super) skip: u32,
    pub(super) times: Option<u32>,
    pub(super) effect: Effect,
}

impl Fault {
    /// Any effect.
    pub fn new(effect: Effect) -> Self {
        Self {
            method: None,
            path_prefix: None,
            contains: Vec::new(),
            skip: 0,
            times: Some(1),
            effect,
        }
    }

    /// Answers with `code` and no body; see [`Fault::with_header`] and [`Fault::with_body`].
    ///
    /// A number that is not a status becomes 500.
    pub fn status(code: u16) -> Self {
        Self::new(Effect::Status {
            code: StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        })
    }

    /// See [`Effect::Delay`].
    pub fn delay(time: Duration) -> Self {
        Self::new(Effect::Delay(time))
    }

    /// See [`Effect::ResetBeforeBody`].
    pub fn reset_before_body() -> Self {
        Self::new(Effect::ResetBeforeBody)
    }

    /// See [`Effect::ResetAfterBody`].
    pub fn reset_after_body() -> Self {
        Self::new(Effect::ResetAfterBody)
    }

    /// See [`Effect::LostAnswer`].
    pub fn lost_answer() -> Self {
        Self::new(Effect::LostAnswer)
    }

    /// See [`Effect::TruncatedBody`].
    pub fn truncated_body() -> Self {
        Self::new(Effect::TruncatedBody)
    }

    /// See [`Effect::Garbage`].
    pub fn garbage() -> Self {
        Self::new(Effect::Garbage)
    }

    /// See [`Effect::Stale`].
    pub fn stale() -> Self {
        Self::new(Effect::Stale)
    }

    /// Adds a header to the answer of a status fault; other effects ignore it.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Effect::Status { headers, .. } = &mut self.effect {
            headers.append(name, value);
        }
        self
    }

    /// Sets the body of the answer of a status fault; other effects ignore it.
    pub fn with_body(mut self, content: impl Into<Bytes>) -> Self {
        if let Effect::Status { body, .. } = &mut self.effect {
            *body = content.into();
        }
        self
    }

    /// Concerns only requests with this method; a text that is no method matches nothing.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.parse().unwrap_or(Method::CONNECT));
        self
    }

    /// Concerns only requests whose path begins with `prefix`.
    pub fn path_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.path_prefix = Some(prefix.into());
        self
    }

    /// Concerns only requests whose path and query contain `part`; several must all occur.
    pub fn path_contains(mut self, part: impl Into<String>) -> Self {
        self.contains.push(part.into());
        self
    }

    /// Lets the first `count` matching requests pass.
    pub fn skip(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Happens `count` times instead of once.
    pub fn times(mut self, count: u32) -> Self {
        self.times = Some(count);
        self
    }

    /// Happens on every matching request.
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    pub(super) fn concerns(&self, method: &Method, uri: &Uri) -> bool {
        let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
        let method_fits = self.method.as_ref().is_none_or(|wanted| wanted == method);
        let prefix = self.path_prefix.as_deref().unwrap_or_default();
        method_fits
            && uri.path().starts_with(prefix)
            && self.contains.iter().all(|part| whole.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concerns_only_what_fits_method_prefix_and_parts() {
        let fault = Fault::garbage()
            .method("GET")
            .path_prefix("/v2/")
            .path_contains("/tags/")
            .path_contains("n=2");
        let uri = Uri::from_static("/v2/a/tags/list?n=2");
        assert!(fault.concerns(&Method::GET, &uri));
        assert!(!fault.concerns(&Method::HEAD, &uri));
        assert!(!fault.concerns(&Method::GET, &Uri::from_static("/v1/a/tags/list?n=2")));
        assert!(!fault.concerns(&Method::GET, &Uri::from_static("/v2/a/tags/list")));
    }
}
