use std::fmt;

use image_ref::{Digest, Reference, Repository};

/// What a container's `image` names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageName {
    /// An ordinary reference. Without tag and digest it means `latest`.
    Reference(Reference),
    /// Only an image ID.
    Id(Digest),
    /// A repository whose tag or digest cannot be read: any of its images may
    /// be meant.
    Repository(Repository),
    /// A text that no engine takes for the name of an image.
    Unknown(String),
}

impl ImageName {
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        // `sha256:…` would be a repository of that name with a tag.
        if let Some(id) = digest(text) {
            return Self::Id(id);
        }
        match text.parse() {
            Ok(reference) => Self::Reference(reference),
            Err(_) => {
                repository(text).map_or_else(|| Self::Unknown(text.to_owned()), Self::Repository)
            }
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(reference) => reference.fmt(f),
            Self::Id(digest) => digest.fmt(f),
            Self::Repository(repository) => repository.fmt(f),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

/// What a pod's status says that a container really runs (`imageID`). Which
/// form it has depends on the runtime (kubernetes#95968, #115199): compare the
/// digest with image IDs *and* with repo digests.
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

impl ImageIdentity {
    /// `None` for a container that has not been started: there is no text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let name = ["docker-pullable://", "docker://", "containerd://", "cri-o://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .unwrap_or(text);
        if name.is_empty() {
            return None;
        }
        let (repository, last) = name.rsplit_once('@').unwrap_or(("", name));
        let unknown = || Self::Unknown(text.to_owned());
        Some(digest(last).map_or_else(unknown, |digest| match self::repository(repository) {
            Some(repository) => Self::Pulled(repository, digest),
            None => Self::Local(digest),
        }))
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

/// With or without `sha256:`: CRI-O leaves it out of image IDs, and Docker
/// takes no name of 64 hexadecimal digits for a repository.
fn digest(text: &str) -> Option<Digest> {
    text.parse().or_else(|_| format!("sha256:{text}").parse()).ok()
}

/// The repository of a reference whose rest cannot be read.
fn repository(text: &str) -> Option<Repository> {
    let name = text.split_once('@').map_or(text, |(name, _)| name);
    let path = name.rfind('/').map_or(0, |slash| slash + 1);
    let end = name[path..].find(':').map_or(name.len(), |colon| path + colon);
    name[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex() -> String {
        "0123456789abcdef".repeat(4)
    }

    #[test]
    fn every_form_of_an_image_id_gives_its_digest() {
        let (hex, digest): (_, Digest) = (hex(), format!("sha256:{}", hex()).parse().unwrap());
        let pulled = |repository: &str| {
            Some(ImageIdentity::Pulled(repository.parse().unwrap(), digest.clone()))
        };
        let local = Some(ImageIdentity::Local(digest.clone()));
        for (text, identity) in [
            (format!("docker-pullable://shop/api@sha256:{hex}"), pulled("shop/api")),
            (format!("docker.io/shop/api@sha256:{hex}"), pulled("shop/api")),
            (format!("localhost:5000/api:1@sha256:{hex}"), pulled("localhost:5000/api")),
            (format!("docker://sha256:{hex}"), local.clone()),
            (format!("sha256:{hex}"), local.clone()),
            (format!("Not A Name@sha256:{hex}"), local.clone()),
            (hex, local),
            (String::new(), None),
            ("docker://".to_owned(), None),
        ] {
            assert_eq!(ImageIdentity::parse(&text), identity, "{text}");
        }
    }

    #[test]
    fn an_image_id_that_cannot_be_read_is_not_passed_over() {
        let identity = ImageIdentity::parse("docker://sha256:short").unwrap();
        assert_eq!(identity, ImageIdentity::Unknown("docker://sha256:short".into()));
        assert_eq!(identity.digest(), None);
    }

    #[test]
    fn an_image_named_by_its_id_is_no_repository_called_sha256() {
        let id = format!("sha256:{}", hex());
        for text in [id.clone(), hex()] {
            assert_eq!(ImageName::parse(&text), ImageName::Id(id.parse().unwrap()));
        }
    }

    #[test]
    fn a_reference_whose_rest_cannot_be_read_still_names_its_repository() {
        let repository = || ImageName::Repository("ghcr.io/shop/api".parse().unwrap());
        for rest in [":${TAG}", "@sha512:abc", ":1@sha256:short", ":"] {
            assert_eq!(
                ImageName::parse(&format!("ghcr.io/shop/api{rest}")),
                repository(),
                "{rest}"
            );
        }
    }

    #[test]
    fn a_text_that_is_no_name_is_kept() {
        for text in ["Shop/API:1", "$(IMAGE)", "a b"] {
            assert_eq!(ImageName::parse(text), ImageName::Unknown(text.into()));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in ".{0,80}") {
            let _ = (ImageName::parse(&text), ImageIdentity::parse(&text));
        }

        #[test]
        fn whatever_docker_takes_for_a_reference_is_one(
            name in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}", tag in "[A-Za-z0-9_][A-Za-z0-9._-]{0,20}",
        ) {
            let text = format!("{name}:{tag}");
            prop_assert_eq!(ImageName::parse(&text), ImageName::Reference(text.parse().unwrap()));
        }
    }
}
