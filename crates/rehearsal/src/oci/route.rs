//! What a path of the registry means.

use super::digest::Digest;
use super::name::{is_repository_name, is_tag};

/// A path of the distribution specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `/`, where load balancers look.
    Root,
    /// `/v2/`
    Base,
    /// `/v2` without its slash.
    BaseWithoutSlash,
    /// `/token`
    Token,
    /// `/v2/_catalog`
    Catalog,
    /// `/v2/<name>/…`
    In(String, Place),
    /// Under `/v2/`, but the name is none.
    InvalidName,
    /// Anything else.
    Unknown,
}

/// A path inside a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// `tags/list`
    Tags,
    /// `manifests/<tag or digest>`
    Manifest(Reference),
    /// `blobs/<digest>`; `None` when it is no digest.
    Blob(Option<Digest>),
    /// `blobs/uploads/`
    Uploads,
    /// `blobs/uploads/<session>`
    Upload(String),
    /// `referrers/<digest>`; `None` when it is no digest.
    Referrers(Option<Digest>),
}

/// How a manifest is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    Tag(String),
    Digest(Digest),
    /// With a colon, but no digest.
    BrokenDigest(String),
    /// Neither.
    Invalid,
}

impl Route {
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/" => return Self::Root,
            "/v2/" => return Self::Base,
            "/v2" => return Self::BaseWithoutSlash,
            "/token" => return Self::Token,
            "/v2/_catalog" => return Self::Catalog,
            _ => {}
        }
        let Some((name, place)) = path.strip_prefix("/v2/").and_then(split) else {
            return Self::Unknown;
        };
        if is_repository_name(name) { Self::In(name.to_owned(), place) } else { Self::InvalidName }
    }
}

/// Reads from the end, because a name may have any depth.
fn split(rest: &str) -> Option<(&str, Place)> {
    if let Some(name) = rest.strip_suffix("/tags/list") {
        return Some((name, Place::Tags));
    }
    if let Some(name) = rest.strip_suffix("/blobs/uploads/") {
        return Some((name, Place::Uploads));
    }
    let (front, last) = rest.rsplit_once('/')?;
    if let Some(name) = front.strip_suffix("/blobs/uploads") {
        return Some((name, Place::Upload(last.to_owned())));
    }
    let (name, kind) = front.rsplit_once('/')?;
    let place = match (kind, last) {
        (_, "") => return None,
        ("manifests", _) => Place::Manifest(Reference::of(last)),
        ("blobs", "uploads") => Place::Uploads,
        ("blobs", _) => Place::Blob(last.parse().ok()),
        ("referrers", _) => Place::Referrers(last.parse().ok()),
        _ => return None,
    };
    Some((name, place))
}

impl Reference {
    pub(super) fn of(text: &str) -> Self {
        match text.parse() {
            Ok(digest) => Self::Digest(digest),
            Err(_) if is_tag(text) => Self::Tag(text.to_owned()),
            Err(_) if text.contains(':') => Self::BrokenDigest(text.to_owned()),
            Err(_) => Self::Invalid,
        }
    }

    pub(super) fn tag(&self) -> Option<&str> {
        match self {
            Self::Tag(tag) => Some(tag),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_repository(path: &str) -> (String, Place) {
        match Route::of(path) {
            Route::In(name, place) => (name, place),
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn reads_names_of_any_depth() {
        let (name, place) = in_repository("/v2/a/b/c/tags/list");
        assert_eq!((name.as_str(), place), ("a/b/c", Place::Tags));
        let (name, place) = in_repository("/v2/a/blobs/uploads/12-34");
        assert_eq!((name.as_str(), place), ("a", Place::Upload("12-34".into())));
        let (name, place) = in_repository("/v2/manifests/manifests/manifests");
        assert_eq!(name, "manifests");
        assert_eq!(place, Place::Manifest(Reference::Tag("manifests".into())));
    }

    #[test]
    fn tells_tags_from_digests_and_from_neither() {
        let digest = format!("sha256:{}", "0".repeat(64));
        assert!(matches!(Reference::of(&digest), Reference::Digest(_)));
        assert!(matches!(Reference::of("sha256:abc"), Reference::BrokenDigest(_)));
        assert_eq!(Reference::of(".x"), Reference::Invalid);
        assert_eq!(Reference::of("1.0").tag(), Some("1.0"));
    }

    #[test]
    fn knows_what_it_does_not_know() {
        assert_eq!(Route::of("/v2/Upper/tags/list"), Route::InvalidName);
        for path in ["/x", "/v2/a", "/v2/a/manifests/", "/v1/a/tags/list", "/v2/a/tags/x"] {
            assert_eq!(Route::of(path), Route::Unknown, "{path}");
        }
    }
}
