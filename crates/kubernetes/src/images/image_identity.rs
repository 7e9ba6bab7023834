use std::fmt;

use image_ref::{Digest, Repository};

use super::image_name::{parse_digest, repository_of_invalid_reference};

/// The image that a container actually runs, by its pod's status (`imageID`). The
/// form depends on the runtime (kubernetes#95968, #115199): compare the digest with
/// image IDs *and* with repo digests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageIdentity {
    /// `docker-pullable://repository@sha256:…` or `repository@sha256:…`: the
    /// digest of a manifest or index.
    Pulled(Repository, Digest),
    /// `docker://sha256:…` or `sha256:…`: an image ID, of an image that was
    /// built or loaded where it runs.
    Local(Digest),
    /// Neither; the text.
    Unknown(String),
}

/// Prefixes by which runtimes mark an `imageID`.
const RUNTIME_SCHEMES: [&str; 4] = ["docker-pullable://", "docker://", "containerd://", "cri-o://"];

impl ImageIdentity {
    /// Reads an `imageID`; `None` when it is empty: the container has not started.
    pub(super) fn from_image_id(text: &str) -> Option<Self> {
        let text = text.trim();
        let name =
            RUNTIME_SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
        if name.is_empty() {
            return None;
        }
        let (repository, digest) = name.rsplit_once('@').unwrap_or(("", name));
        let repository = repository_of_invalid_reference(repository);
        Some(match (parse_digest(digest), repository) {
            (Some(digest), Some(repository)) => Self::Pulled(repository, digest),
            (Some(digest), None) => Self::Local(digest),
            (None, _) => Self::Unknown(text.to_owned()),
        })
    }

    /// The digest, unless the text could not be read.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Pulled(_, digest) | Self::Local(digest) => Some(digest),
            Self::Unknown(_) => None,
        }
    }
}

impl fmt::Display for ImageIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pulled(repository, digest) => write!(f, "{repository}@{digest}"),
            Self::Local(digest) => digest.fmt(f),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_an_image_id_gives_its_digest() {
        let hex = "0123456789abcdef".repeat(4);
        let digest: Digest = format!("sha256:{hex}").parse().unwrap();
        for (text, repository) in [
            (format!("docker-pullable://shop/api@sha256:{hex}"), "shop/api"),
            (format!("docker.io/shop/api@sha256:{hex}"), "shop/api"),
            (format!("localhost:5000/api:1@sha256:{hex}"), "localhost:5000/api"),
        ] {
            let expected = ImageIdentity::Pulled(repository.parse().unwrap(), digest.clone());
            assert_eq!(ImageIdentity::from_image_id(&text), Some(expected), "{text}");
        }
        for text in [
            format!("docker://sha256:{hex}"),
            format!("sha256:{hex}"),
            format!("Not A Name@sha256:{hex}"),
            hex,
        ] {
            let expected = ImageIdentity::Local(digest.clone());
            assert_eq!(ImageIdentity::from_image_id(&text), Some(expected), "{text}");
        }
        for text in ["", "docker://"] {
            assert_eq!(ImageIdentity::from_image_id(text), None, "{text}");
        }
    }

    #[test]
    fn an_invalid_image_id_is_kept() {
        let identity = ImageIdentity::from_image_id("docker://sha256:short").unwrap();
        assert_eq!(identity, ImageIdentity::Unknown("docker://sha256:short".into()));
        assert_eq!(identity.digest(), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,80}") {
            let _ = ImageIdentity::from_image_id(&text);
        }
    }
}
