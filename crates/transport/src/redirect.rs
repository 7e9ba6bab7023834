//! Following answers that point elsewhere (RFC 9110, section 15.4).
//!
//! Done here and not by reqwest, whose clients follow for all their requests or
//! for none: with one client for both kinds, both go over the same connections.

use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION},
};
use url::Url;

use crate::{Body, Redirects, Request};

/// Redirects followed for one request; the answer to the last is the caller's.
pub(crate) const MOST: usize = 10;

/// What to send because of this answer; `None` when the answer is the caller's.
pub(crate) fn next(request: &Request, status: StatusCode, headers: &HeaderMap) -> Option<Request> {
    if request.redirects == Redirects::Never {
        return None;
    }
    let mut next = match (status, &request.method) {
        (StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND, &Method::POST) => as_get(request),
        (StatusCode::SEE_OTHER, method) if method != Method::HEAD => as_get(request),
        (
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT,
            _,
        ) if is_small(&request.body) => request.clone(),
        _ => return None,
    };
    next.url = target(&request.url, headers)?;
    if next.url.origin() != request.url.origin() {
        next.authorization = None;
        next.headers.remove(COOKIE);
    }
    Some(next)
}

fn as_get(request: &Request) -> Request {
    let mut next = Request { method: Method::GET, body: Body::Empty, ..request.clone() };
    next.headers.remove(CONTENT_TYPE);
    next
}

/// What is streamed from a file was counted and reported as sent: the caller
/// sends it again.
fn is_small(body: &Body) -> bool {
    matches!(body, Body::Empty | Body::Bytes(_))
}

fn target(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let location = std::str::from_utf8(headers.get(LOCATION)?.as_bytes()).ok()?;
    let mut to = from.join(location).ok().filter(|to| matches!(to.scheme(), "http" | "https"))?;
    // Nothing says that these are meant for whoever asks.
    to.set_username("").ok()?;
    to.set_password(None).ok()?;
    Some(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Authorization;

    fn request(method: Method) -> Request {
        let url = "https://a.example/v2/x?n=1".parse().unwrap();
        Request::new(method, url)
            .authorization(Some(Authorization::Bearer("t".into())))
            .header("cookie", "c")
            .header("content-type", "text/plain")
            .header("accept", "text/plain")
            .body(b"body".to_vec())
    }

    fn after(request: &Request, status: u16, location: &str) -> Option<Request> {
        let headers = HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]);
        next(request, StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn credentials_stay_with_the_first_origin() {
        for (location, kept) in [
            ("/other", true),
            ("https://a.example/other", true),
            ("https://a.example:444/other", false),
            ("http://a.example/other", false),
            ("https://b.example/other", false),
        ] {
            let next = after(&request(Method::GET), 307, location).unwrap();
            let carries = (next.authorization.is_some(), next.headers.contains_key("cookie"));
            assert_eq!(carries, (kept, kept), "{location}");
            assert!(next.headers.contains_key("accept"));
        }
    }

    #[test]
    fn a_write_stays_a_write_unless_the_status_says_otherwise() {
        for (method, status, expected) in [
            (Method::POST, 301, Method::GET),
            (Method::POST, 302, Method::GET),
            (Method::PUT, 302, Method::PUT),
            (Method::PUT, 303, Method::GET),
            (Method::HEAD, 303, Method::HEAD),
            (Method::POST, 307, Method::POST),
            (Method::PATCH, 308, Method::PATCH),
        ] {
            let next = after(&request(method), status, "/there").unwrap();
            assert_eq!(next.method, expected, "{status}");
            let was_read = next.method == Method::GET;
            assert_eq!(next.body.length() == 0, was_read);
            assert_eq!(next.headers.contains_key("content-type"), !was_read);
        }
    }

    #[test]
    fn what_cannot_be_followed_is_the_callers() {
        let get = request(Method::GET);
        assert!(after(&get, 200, "/there").is_none());
        assert!(after(&get, 304, "/there").is_none());
        assert!(after(&get, 302, "ftp://a.example/").is_none());
        assert!(after(&get, 302, "http://[").is_none());
        assert!(next(&get, StatusCode::FOUND, &HeaderMap::new()).is_none());
        assert!(after(&get.without_redirects(), 302, "/there").is_none());
        let file = crate::FilePart { path: "f".into(), offset: 0, length: 1 };
        assert!(after(&request(Method::PUT).body(file), 307, "/there").is_none());
    }

    #[test]
    fn a_location_brings_no_user() {
        let next = after(&request(Method::GET), 307, "https://u:p@a.example/there").unwrap();
        assert_eq!(next.url.as_str(), "https://a.example/there");
    }
}
