//! Which repository names and tags the distribution specification allows.

const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

/// Whether `name` is a repository name: components of lower-case letters and digits, joined
/// inside by `.`, `_`, `__` or dashes, separated by slashes, at any depth.
pub(super) fn is_repository_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME && name.split('/').all(is_component)
}

fn is_component(component: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends_well =
        bytes.first().is_some_and(alphanumeric) && bytes.last().is_some_and(alphanumeric);
    ends_well
        && bytes.split(alphanumeric).filter(|separator| !separator.is_empty()).all(is_separator)
}

fn is_separator(separator: &[u8]) -> bool {
    matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-')
}

/// Whether `text` is a tag: a letter, digit or `_`, then up to 127 more of these, `.` or `-`.
pub(super) fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= LONGEST_TAG
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
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
    fn knows_tags_from_other_text() {
        for tag in ["latest", "1.0", "_x", "A-b", &"a".repeat(128)] {
            assert!(is_tag(tag), "{tag}");
        }
        for text in ["", ".x", "-x", "a:b", "a/b", &"a".repeat(129)] {
            assert!(!is_tag(text), "{text}");
        }
    }
}
