//! Repository names, tags and references, as the distribution specification defines them.

use super::digest::Digest;

const MAX_NAME_LENGTH: usize = 255;
const MAX_TAG_LENGTH: usize = 128;

/// The last part of a manifest's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    Tag(String),
    Digest(Digest),
    /// Text with a colon that is not a digest.
    MalformedDigest(String),
    /// Neither a tag nor a digest.
    Invalid,
}

impl Reference {
    pub(super) fn classify(text: &str) -> Self {
        match text.parse() {
            Ok(digest) => Self::Digest(digest),
            Err(_) if is_tag(text) => Self::Tag(text.to_owned()),
            Err(_) if text.contains(':') => Self::MalformedDigest(text.to_owned()),
            Err(_) => Self::Invalid,
        }
    }

    pub(super) fn as_tag(&self) -> Option<&str> {
        match self {
            Self::Tag(tag) => Some(tag),
            _ => None,
        }
    }
}

/// Whether `name` is a repository name: components of lower-case letters and digits, joined
/// inside by `.`, `_`, `__` or dashes, separated by slashes, at any depth.
pub(super) fn is_repository_name(name: &str) -> bool {
    name.len() <= MAX_NAME_LENGTH && name.split('/').all(is_name_component)
}

fn is_name_component(component: &str) -> bool {
    let bytes = component.as_bytes();
    bytes.first().is_some_and(is_lower_alphanumeric)
        && bytes.last().is_some_and(is_lower_alphanumeric)
        && bytes
            .split(is_lower_alphanumeric)
            .filter(|separator| !separator.is_empty())
            .all(is_separator)
}

fn is_lower_alphanumeric(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_separator(separator: &[u8]) -> bool {
    matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-')
}

/// Whether `text` is a tag: a letter, digit or `_`, then up to 127 more of these, `.` or `-`.
fn is_tag(text: &str) -> bool {
    text.len() <= MAX_TAG_LENGTH
        && text.bytes().next().is_some_and(is_tag_character)
        && text.bytes().all(|byte| is_tag_character(byte) || matches!(byte, b'.' | b'-'))
}

fn is_tag_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_of_any_depth() {
        for name in ["a", "team/app", "a/b/c/d/e", "a-b__c.d", "a---b", "1/2"] {
            assert!(is_repository_name(name), "{name}");
        }
    }

    #[test]
    fn refuses_names_outside_the_grammar() {
        for name in ["", "A", "a//b", "/a", "a/", "-a", "a-", "a._b", "a___b", "a b", "_catalog"] {
            assert!(!is_repository_name(name), "{name}");
        }
        assert!(!is_repository_name(&"a".repeat(256)));
    }

    #[test]
    fn distinguishes_tags_from_other_text() {
        for tag in ["latest", "1.0", "_x", "A-b", &"a".repeat(128)] {
            assert!(is_tag(tag), "{tag}");
        }
        for text in ["", ".x", "-x", "a:b", "a/b", &"a".repeat(129)] {
            assert!(!is_tag(text), "{text}");
        }
    }

    #[test]
    fn classifies_tags_digests_and_invalid_references() {
        let digest = format!("sha256:{}", "0".repeat(64));
        assert!(matches!(Reference::classify(&digest), Reference::Digest(_)));
        assert!(matches!(Reference::classify("sha256:abc"), Reference::MalformedDigest(_)));
        assert_eq!(Reference::classify(".x"), Reference::Invalid);
        assert_eq!(Reference::classify("1.0").as_tag(), Some("1.0"));
    }
}
