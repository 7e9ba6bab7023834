use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Digest, ImageTag, ParseError, Repository, string_conversions};

/// A repository with an optional tag and an optional digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    repository: Repository,
    tag: Option<ImageTag>,
    digest: Option<Digest>,
}

impl Reference {
    pub(crate) fn new(
        repository: Repository,
        tag: Option<ImageTag>,
        digest: Option<Digest>,
    ) -> Self {
        Self { repository, tag, digest }
    }

    /// The repository named.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The tag, if one is stated. There is no silent `latest`.
    #[must_use]
    pub fn tag(&self) -> Option<&ImageTag> {
        self.tag.as_ref()
    }

    /// The digest, if one is stated; it wins over the tag.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What a manifest is asked for by: the digest, else the tag.
    ///
    /// # Errors
    /// [`ParseError::Unpinned`] when there is neither.
    pub fn manifest_name(&self) -> Result<&str, ParseError> {
        let digest = self.digest.as_ref().map(Digest::as_str);
        digest
            .or(self.tag.as_ref().map(ImageTag::as_str))
            .ok_or_else(|| ParseError::Unpinned(self.to_string()))
    }
}

/// References in a repository.
impl Repository {
    /// The reference of a tag in this repository.
    #[must_use]
    pub fn tagged(&self, tag: ImageTag) -> Reference {
        Reference::new(self.clone(), Some(tag), None)
    }

    /// The reference of a digest in this repository.
    #[must_use]
    pub fn pinned(&self, digest: Digest) -> Reference {
        Reference::new(self.clone(), None, Some(digest))
    }
}

impl FromStr for Reference {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon after the last slash starts a tag; before it, a port.
        let path_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[path_start..].find(':') {
            Some(colon) => {
                let (name, tag) = rest.split_at(path_start + colon);
                (name, Some(tag[1..].parse()?))
            }
            None => (rest, None),
        };
        Ok(Self { repository: name.parse()?, tag, digest })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.repository.fmt(f)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

string_conversions!(Reference);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_port_is_not_a_tag() {
        let reference: Reference = "localhost:5000/app".parse().unwrap();
        assert_eq!(reference.tag(), None);
        assert!(reference.manifest_name().is_err());
    }

    #[test]
    fn the_digest_wins_over_the_tag() {
        let digest = Digest::of(b"x");
        let reference: Reference = format!("ghcr.io/a/b:1@{digest}").parse().unwrap();
        assert_eq!(reference.manifest_name().unwrap(), digest.as_str());
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same(
            name in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,3}", tag in "[A-Za-z0-9_][A-Za-z0-9._-]{0,20}",
            registry in prop::option::of("[a-z]{1,5}\\.[a-z]{2}(:[1-9][0-9]{0,3})?"),
        ) {
            let text = registry.map_or(name.clone(), |registry| format!("{registry}/{name}"));
            let reference: Reference = format!("{text}:{tag}").parse().unwrap();
            prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,60}") {
            let _ = text.parse::<Reference>();
        }
    }
}
