use std::{fmt, str::FromStr};

use globset::{Glob, GlobMatcher};
use image_ref::{Reference, Repository};
use serde::{Serialize, Serializer};

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {reason}")]
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
    part: Part,
    matcher: GlobMatcher,
}

/// What of a reference a pattern is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Repository,
    Tag,
}

impl Pattern {
    /// Whether the reference, by tag or by digest, matches. Names of Docker Hub
    /// match with and without `docker.io/`.
    #[must_use]
    pub fn matches(&self, reference: &Reference) -> bool {
        match self.part {
            Part::Tag => reference.tag().is_some_and(|tag| self.matcher.is_match(tag.as_str())),
            Part::Repository => self.matches_named(reference.repository(), ""),
            Part::Whole => {
                let text = reference.to_string();
                let pinned = &text[reference.repository().to_string().len()..];
                self.matches_named(reference.repository(), pinned)
            }
        }
    }

    /// Whether it matches and says something about the tag, unlike `owner/app`,
    /// `owner/app:*` and `*`.
    pub(crate) fn names(&self, reference: &Reference) -> bool {
        let of_tag = self.text.rsplit(':').next();
        self.part != Part::Repository && of_tag != Some("*") && self.matches(reference)
    }

    fn matches_named(&self, repository: &Repository, pinned: &str) -> bool {
        let official = repository.registry().is_docker_hub().then(|| repository.path());
        self.matcher.is_match(format!("{repository}{pinned}"))
            || self.matcher.is_match(format!("{}{pinned}", repository.canonical()))
            || official.is_some_and(|path| self.matcher.is_match(format!("{path}{pinned}")))
    }

    /// As [`Pattern::matches`], and a bare word may also be the whole name of a
    /// repository, `postgres`: what keeps may keep too much.
    #[must_use]
    pub fn keeps(&self, reference: &Reference) -> bool {
        self.matches(reference)
            || self.part == Part::Tag && self.matches_named(reference.repository(), "")
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let error = |reason: String| PatternError { pattern: text.to_owned(), reason };
        if text.is_empty() {
            return Err(error("it is empty".to_owned()));
        }
        let glob = Glob::new(text).map_err(|cause| error(cause.kind().to_string()))?;
        let path_start = text.rfind('/').map_or(0, |slash| slash + 1);
        let part = match (text[path_start..].contains(':'), path_start > 0) {
            (true, _) => Part::Whole,
            (false, true) => Part::Repository,
            (false, false) => Part::Tag,
        };
        Ok(Self { text: text.to_owned(), part, matcher: glob.compile_matcher() })
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
