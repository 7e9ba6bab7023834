//! Versions as changelogs spell them.

use pep440_rs::Version;

/// The version that a text names; `None` when PEP 440 cannot read it.
pub(super) fn parse_version(text: &str) -> Option<Version> {
    text.parse().ok()
}

/// Whether two texts name the same version. What PEP 440 cannot read is compared as text.
pub(super) fn is_same(text: &str, other: &str) -> bool {
    match (parse_version(text), parse_version(other)) {
        (Some(version), Some(other)) => version == other,
        _ => text == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_version_are_the_same() {
        for (text, other) in [("1.0", "1.0.0"), ("1.0.0-rc.1", "1.0rc1"), ("2026.06", "2026.6")] {
            assert!(is_same(text, other), "{text} {other}");
        }
        assert!(is_same("1.x", "1.x") && !is_same("1.x", "1.0") && !is_same("1.0", "1.0.1"));
    }
}
