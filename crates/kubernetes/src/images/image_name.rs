use std::fmt;

use image_ref::{Digest, Reference, Repository};

/// The image that a container's `image` names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageName {
    /// An ordinary reference. Without tag and digest it has the tag `latest`.
    Reference(Reference),
    /// Only an image ID.
    Id(Digest),
    /// A repository with an invalid tag or digest: it may be any of its images.
    Repository(Repository),
    /// A text that no engine accepts as the name of an image.
    Unknown(String),
}

impl From<&str> for ImageName {
    fn from(text: &str) -> Self {
        let text = text.trim();
        // `sha256:…` would be a repository of that name with a tag.
        if let Some(id) = parse_digest(text) {
            return Self::Id(id);
        }
        if let Ok(reference) = text.parse() {
            return Self::Reference(reference);
        }
        match repository_of_invalid_reference(text) {
            Some(repository) => Self::Repository(repository),
            None => Self::Unknown(text.to_owned()),
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

/// With or without `sha256:`: CRI-O leaves it out of image IDs, and Docker accepts
/// no repository name of 64 hexadecimal digits.
pub(super) fn parse_digest(text: &str) -> Option<Digest> {
    text.parse().or_else(|_| format!("sha256:{text}").parse()).ok()
}

/// The repository of a reference, whatever follows it.
pub(super) fn repository_of_invalid_reference(text: &str) -> Option<Repository> {
    let name = text.split_once('@').map_or(text, |(name, _)| name);
    let path = name.rfind('/').map_or(0, |slash| slash + 1);
    let end = name[path..].find(':').map_or(name.len(), |colon| path + colon);
    name[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_image_named_by_its_id_is_no_repository_called_sha256() {
        let hex = "0123456789abcdef".repeat(4);
        let id = format!("sha256:{hex}");
        for text in [&id, &hex] {
            assert_eq!(ImageName::from(text.as_str()), ImageName::Id(id.parse().unwrap()));
        }
    }

    #[test]
    fn a_reference_with_an_invalid_tag_still_names_its_repository() {
        let repository = ImageName::Repository("ghcr.io/shop/api".parse().unwrap());
        for rest in [":${TAG}", "@sha512:abc", ":1@sha256:short", ":"] {
            let text = format!("ghcr.io/shop/api{rest}");
            assert_eq!(ImageName::from(text.as_str()), repository, "{rest}");
        }
    }

    #[test]
    fn a_text_that_is_no_name_is_kept() {
        for text in ["Shop/API:1", "$(IMAGE)", "a b"] {
            assert_eq!(ImageName::from(text), ImageName::Unknown(text.into()));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,80}") {
            let _ = ImageName::from(text.as_str());
        }

        #[test]
        fn whatever_docker_accepts_as_a_reference_is_one(
            name in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}", tag in "[A-Za-z0-9_][A-Za-z0-9._-]{0,20}",
        ) {
            let text = format!("{name}:{tag}");
            let reference = ImageName::Reference(text.parse().unwrap());
            prop_assert_eq!(ImageName::from(text.as_str()), reference);
        }
    }
}
