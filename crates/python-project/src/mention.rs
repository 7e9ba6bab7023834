/// Whether a program's output mentions a version as a word of its own:
/// `1.2.3` is neither in `11.2.3` nor in `1.2.3.1` nor in `1.2.3rc1`.
#[must_use]
pub fn mentions_version(output: &str, version: &str) -> bool {
    let found = |(at, _): (usize, &str)| {
        let before = output[..at].trim_end_matches(['v', 'V']);
        let after = &output[at + version.len()..];
        !ends_inside_a_version(before, at) && !goes_on(after)
    };
    !version.is_empty() && output.match_indices(version).any(found)
}

fn ends_inside_a_version(before: &str, at: usize) -> bool {
    // A `v` is a prefix of the version only where a word begins.
    let prefixed = before.len() < at;
    let last = before.chars().next_back();
    last.is_some_and(|c| {
        if prefixed {
            c.is_alphanumeric()
        } else {
            c.is_alphanumeric() || matches!(c, '.' | '+' | '!')
        }
    })
}

fn goes_on(after: &str) -> bool {
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
