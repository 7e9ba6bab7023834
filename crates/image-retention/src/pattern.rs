use std::{fmt, str::FromStr};

use globset::{Glob, GlobMatcher};
use image_ref::{Reference, Repository};
use serde::{Serialize, Serializer};

/// A text that is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid pattern `{pattern}`: {reason}")]
#[non_exhaustive]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A glob over references as people write them: `*` stands for any text, `?`
/// for one character, `[0-9]` for one of several, `{a,b}` for alternatives.
///
/// With a tag, `owner/app:1.*`, it is compared with the whole reference; with a
/// slash and no tag, `owner/*`, with the repository; else, `stable-*`, with the tag.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    part: PatternPart,
    matcher: GlobMatcher,
}

/// The part of a reference that a pattern is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PatternPart {
    Reference,
    Repository,
    Tag,
}

impl Pattern {
    /// Whether the reference, by tag or by digest, matches. Names of Docker Hub
    /// match with and without `docker.io/`.
    #[must_use]
    pub fn matches(&self, reference: &Reference) -> bool {
        let repository = reference.repository();
        match self.part {
            PatternPart::Tag => {
                reference.tag().is_some_and(|tag| self.matcher.is_match(tag.as_str()))
            }
            PatternPart::Repository => self.matches_repository(repository, ""),
            PatternPart::Reference => {
                let text = reference.to_string();
                self.matches_repository(repository, &text[repository.to_string().len()..])
            }
        }
    }

    /// As [`Pattern::matches`], and a plain word may also be the whole name of a
    /// repository, `postgres`: a pattern to keep had better keep too much.
    #[must_use]
    pub fn protects(&self, reference: &Reference) -> bool {
        self.matches(reference)
            || self.part == PatternPart::Tag && self.matches_repository(reference.repository(), "")
    }

    /// Whether it matches and is specific about the tag, unlike `owner/app`,
    /// `owner/app:*` and `*`.
    pub(crate) fn selects_tag(&self, reference: &Reference) -> bool {
        let tag_pattern = self.text.rsplit(':').next();
        self.part != PatternPart::Repository && tag_pattern != Some("*") && self.matches(reference)
    }

    /// `suffix` is the tag or digest with its separator.
    fn matches_repository(&self, repository: &Repository, suffix: &str) -> bool {
        let official = repository.registry().is_docker_hub().then(|| repository.path());
        self.matcher.is_match(format!("{repository}{suffix}"))
            || self.matcher.is_match(format!("{}{suffix}", repository.canonical()))
            || official.is_some_and(|path| self.matcher.is_match(format!("{path}{suffix}")))
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::new(text, "it is empty"));
        }
        let glob = Glob::new(text).map_err(|error| PatternError::new(text, error.kind()))?;
        let path_start = text.rfind('/').map_or(0, |slash| slash + 1);
        let part = match (text[path_start..].contains(':'), path_start > 0) {
            (true, _) => PatternPart::Reference,
            (false, true) => PatternPart::Repository,
            (false, false) => PatternPart::Tag,
        };
        Ok(Self { text: text.to_owned(), part, matcher: glob.compile_matcher() })
    }
}

impl PatternError {
    fn new(pattern: &str, reason: impl fmt::Display) -> Self {
        Self { pattern: pattern.to_owned(), reason: reason.to_string() }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
