/// Takes user and password out of every URL in a text. A lone user name stays
/// for `ssh`, where it is no secret; elsewhere it may be a token.
pub(crate) fn without_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        rest = without_user(after, before.ends_with("ssh://"));
    }
    shown + rest
}

fn without_user(after_scheme: &str, keep_plain_user: bool) -> &str {
    let end = after_scheme.find(|c: char| c == '/' || c.is_whitespace());
    let authority = &after_scheme[..end.unwrap_or(after_scheme.len())];
    match authority.rfind('@') {
        Some(at) if !keep_plain_user || authority[..at].contains(':') => &after_scheme[at + 1..],
        _ => after_scheme,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_addresses_are_not_shown() {
        for (text, shown) in [
            ("https://canary@forge.example/a.git", "https://forge.example/a.git"),
            (
                "at 'https://me:can@ry@h:1/a', twice https://x@y",
                "at 'https://h:1/a', twice https://y",
            ),
            ("ssh://git@forge.example/a", "ssh://git@forge.example/a"),
            ("ssh://git:canary@forge.example/a", "ssh://forge.example/a"),
            ("git@forge.example:a/b.git", "git@forge.example:a/b.git"),
            ("https://forge.example/a@b", "https://forge.example/a@b"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }
}
