/// Whether a program's output contains a version as a separate word: `1.2.3` is
/// neither in `11.2.3` nor in `1.2.3.1` nor in `1.2.3rc1`.
#[must_use]
pub fn mentions_version(output: &str, version: &str) -> bool {
    let mut matches = output.match_indices(version);
    !version.is_empty()
        && matches.any(|(at, _)| {
            !is_preceded(&output[..at]) && !is_continued(&output[at + version.len()..])
        })
}

/// Whether the text before a match belongs to the same word.
fn is_preceded(before: &str) -> bool {
    let without_prefix = before.trim_end_matches(['v', 'V']);
    // A `v` is a prefix of the version only where a word starts.
    let prefixed = without_prefix.len() < before.len();
    let last = without_prefix.chars().next_back();
    last.is_some_and(|c| c.is_alphanumeric() || (!prefixed && matches!(c, '.' | '+' | '!')))
}

/// Whether the text after a match belongs to the same version.
fn is_continued(after: &str) -> bool {
    let mut next = after.chars();
    match next.next() {
        Some('.' | '+' | '-') => next.next().is_some_and(char::is_alphanumeric),
        Some(c) => c.is_alphanumeric(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_as_a_word() {
        for text in
            ["greeter 1.2.3", "v1.2.3\n", "greeter, version 1.2.3.", "(1.2.3)", "greeter-1.2.3 x"]
        {
            assert!(mentions_version(text, "1.2.3"), "{text}");
        }
        for text in [
            "11.2.3",
            "1.2.3.1",
            "1.2.3rc1",
            "1.2.3-rc.1",
            "1.2.3+local",
            "0.1.2.3",
            "1.2.30",
            "rev1.2.3",
            "",
        ] {
            assert!(!mentions_version(text, "1.2.3"), "{text}");
        }
        assert!(!mentions_version("anything", ""));
    }
}
