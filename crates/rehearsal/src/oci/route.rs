//! The paths of the registry.

use super::digest::Digest;
use super::reference::{Reference, is_repository_name};

/// A path of the distribution specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RegistryRoute {
    /// `/`, which load balancers probe.
    Root,
    /// `/v2/`
    Base,
    /// `/v2` without the trailing slash.
    BaseWithoutSlash,
    /// `/token`
    Token,
    /// `/v2/_catalog`
    Catalog,
    /// `/v2/<name>/…`
    InRepository(String, RepositoryResource),
    /// Below `/v2/`, but with an invalid repository name.
    InvalidName,
    /// Any other path.
    Unknown,
}

/// A path inside a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RepositoryResource {
    /// `tags/list`
    Tags,
    /// `manifests/<tag or digest>`
    Manifest(Reference),
    /// `blobs/<digest>`; `None` for a malformed digest.
    Blob(Option<Digest>),
    /// `blobs/uploads/`
    Uploads,
    /// `blobs/uploads/<session>`
    Upload(String),
    /// `referrers/<digest>`; `None` for a malformed digest.
    Referrers(Option<Digest>),
}

impl RegistryRoute {
    pub(super) fn from_path(path: &str) -> Self {
        match path {
            "/" => return Self::Root,
            "/v2/" => return Self::Base,
            "/v2" => return Self::BaseWithoutSlash,
            "/token" => return Self::Token,
            "/v2/_catalog" => return Self::Catalog,
            _ => {}
        }
        match path.strip_prefix("/v2/").and_then(split_name_and_resource) {
            None => Self::Unknown,
            Some((name, _)) if !is_repository_name(name) => Self::InvalidName,
            Some((name, resource)) => Self::InRepository(name.to_owned(), resource),
        }
    }
}

/// Reads from the end, because a name may have any depth.
fn split_name_and_resource(path: &str) -> Option<(&str, RepositoryResource)> {
    if let Some(name) = path.strip_suffix("/tags/list") {
        return Some((name, RepositoryResource::Tags));
    }
    if let Some(name) = path.strip_suffix("/blobs/uploads/") {
        return Some((name, RepositoryResource::Uploads));
    }
    let (front, last) = path.rsplit_once('/')?;
    if let Some(name) = front.strip_suffix("/blobs/uploads") {
        return Some((name, RepositoryResource::Upload(last.to_owned())));
    }
    let (name, kind) = front.rsplit_once('/')?;
    let resource = match (kind, last) {
        (_, "") => return None,
        ("manifests", _) => RepositoryResource::Manifest(Reference::classify(last)),
        ("blobs", "uploads") => RepositoryResource::Uploads,
        ("blobs", _) => RepositoryResource::Blob(last.parse().ok()),
        ("referrers", _) => RepositoryResource::Referrers(last.parse().ok()),
        _ => return None,
    };
    Some((name, resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_repository(path: &str) -> (String, RepositoryResource) {
        match RegistryRoute::from_path(path) {
            RegistryRoute::InRepository(name, resource) => (name, resource),
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn reads_names_of_any_depth() {
        let (name, resource) = in_repository("/v2/a/b/c/tags/list");
        assert_eq!((name.as_str(), resource), ("a/b/c", RepositoryResource::Tags));
        let (name, resource) = in_repository("/v2/a/blobs/uploads/12-34");
        assert_eq!((name.as_str(), resource), ("a", RepositoryResource::Upload("12-34".into())));
        let (name, resource) = in_repository("/v2/manifests/manifests/manifests");
        assert_eq!(name, "manifests");
        assert_eq!(resource, RepositoryResource::Manifest(Reference::Tag("manifests".into())));
    }

    #[test]
    fn recognises_unknown_paths_and_invalid_names() {
        let route = RegistryRoute::from_path("/v2/Upper/tags/list");
        assert_eq!(route, RegistryRoute::InvalidName);
        for path in ["/x", "/v2/a", "/v2/a/manifests/", "/v1/a/tags/list", "/v2/a/tags/x"] {
            assert_eq!(RegistryRoute::from_path(path), RegistryRoute::Unknown, "{path}");
        }
    }
}
