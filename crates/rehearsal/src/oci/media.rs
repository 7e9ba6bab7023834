//! Manifest types, and what a client says that it accepts.

use http::{HeaderMap, header};

pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(super) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// The four manifest types that every registry knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OciManifest,
    OciIndex,
    DockerManifest,
    DockerList,
}

impl Kind {
    pub(super) fn of(content_type: &str) -> Option<Self> {
        match content_type {
            OCI_MANIFEST => Some(Self::OciManifest),
            OCI_INDEX => Some(Self::OciIndex),
            DOCKER_MANIFEST => Some(Self::DockerManifest),
            DOCKER_LIST => Some(Self::DockerList),
            _ => None,
        }
    }

    pub(super) fn is_index(self) -> bool {
        matches!(self, Self::OciIndex | Self::DockerList)
    }

    pub(super) fn is_docker(self) -> bool {
        matches!(self, Self::DockerManifest | Self::DockerList)
    }
}

/// A media type without its parameters.
pub(super) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Whether any `Accept` header names exactly this type; wildcards do not count.
pub(super) fn accepts(headers: &HeaderMap, content_type: &str) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|media_type| essence(media_type) == content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_type_in_several_headers_and_behind_parameters() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, "text/plain, */*".parse().unwrap());
        headers.append(header::ACCEPT, format!("a/b,{OCI_INDEX};q=0.5").parse().unwrap());
        assert!(accepts(&headers, OCI_INDEX));
        assert!(!accepts(&headers, OCI_MANIFEST));
    }
}
