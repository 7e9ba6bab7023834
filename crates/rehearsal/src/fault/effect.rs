//! What goes wrong, and for which requests.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

/// What happens to a request that a [`Fault`] matches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// The body is read, nothing is processed, and this response is sent.
    Status {
        /// The status of the response.
        code: StatusCode,
        /// The headers of the response.
        headers: HeaderMap,
        /// The body of the response.
        body: Bytes,
    },
    /// The request waits this long before anything else; delays of several faults add up.
    Delay(Duration),
    /// The connection is reset as soon as the request's head has been read.
    ResetBeforeBody,
    /// The body is read in full, nothing is processed, then the connection is reset.
    ResetAfterBody,
    /// The request is processed in full, then the connection is reset instead of a response.
    LostResponse,
    /// The response announces its full length, half of it is sent, then the connection closes.
    ///
    /// A response without a body, as to `HEAD`, is sent unchanged.
    TruncatedBody,
    /// The body is read, nothing is processed, and the response is 200 with bytes that are not text.
    Garbage,
    /// The service responds from an older state, as a stale cache would.
    Stale,
}

/// Marks a request, in its extensions, that the service should answer from an older state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stale;

/// An [`Effect`], the requests it applies to, and how often it occurs.
///
/// By default it applies to every request and occurs once.
#[derive(Debug, Clone)]
#[must_use = "a fault does nothing until a plan injects it"]
pub struct Fault {
    method: Option<Method>,
    path_prefix: Option<String>,
    path_parts: Vec<String>,
    pub(super) skip: u32,
    pub(super) times: Option<u32>,
    pub(super) effect: Effect,
}

impl Fault {
    /// A fault with any effect.
    pub fn new(effect: Effect) -> Self {
        Self {
            method: None,
            path_prefix: None,
            path_parts: Vec::new(),
            skip: 0,
            times: Some(1),
            effect,
        }
    }

    /// Responds with `code` and no body; see [`Fault::with_header`] and [`Fault::with_body`].
    ///
    /// A number that is not a valid status becomes 500.
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

    /// See [`Effect::LostResponse`].
    pub fn lost_response() -> Self {
        Self::new(Effect::LostResponse)
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

    /// Adds a header to the response of a status fault; other effects ignore it.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Effect::Status { headers, .. } = &mut self.effect {
            headers.append(name, value);
        }
        self
    }

    /// Sets the response body of a status fault; other effects ignore it.
    pub fn with_body(mut self, content: impl Into<Bytes>) -> Self {
        if let Effect::Status { body, .. } = &mut self.effect {
            *body = content.into();
        }
        self
    }

    /// Applies only to requests with this method; an invalid method matches no request.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.parse().unwrap_or(Method::CONNECT));
        self
    }

    /// Applies only to requests whose path starts with `prefix`.
    pub fn path_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.path_prefix = Some(prefix.into());
        self
    }

    /// Applies only to requests whose path and query contain `part`; when called several times, all
    /// parts must occur.
    pub fn path_contains(mut self, part: impl Into<String>) -> Self {
        self.path_parts.push(part.into());
        self
    }

    /// Lets the first `count` matching requests through.
    pub fn skip(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Occurs `count` times instead of once.
    pub fn times(mut self, count: u32) -> Self {
        self.times = Some(count);
        self
    }

    /// Occurs on every matching request.
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    pub(super) fn applies_to(&self, method: &Method, uri: &Uri) -> bool {
        let path_and_query = uri.path_and_query().map_or("", |text| text.as_str());
        self.method.as_ref().is_none_or(|expected| expected == method)
            && uri.path().starts_with(self.path_prefix.as_deref().unwrap_or_default())
            && self.path_parts.iter().all(|part| path_and_query.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applies_only_when_method_prefix_and_parts_match() {
        let fault = Fault::garbage()
            .method("GET")
            .path_prefix("/v2/")
            .path_contains("/tags/")
            .path_contains("n=2");
        let uri = Uri::from_static("/v2/a/tags/list?n=2");
        assert!(fault.applies_to(&Method::GET, &uri));
        assert!(!fault.applies_to(&Method::HEAD, &uri));
        assert!(!fault.applies_to(&Method::GET, &Uri::from_static("/v1/a/tags/list?n=2")));
        assert!(!fault.applies_to(&Method::GET, &Uri::from_static("/v2/a/tags/list")));
    }
}
