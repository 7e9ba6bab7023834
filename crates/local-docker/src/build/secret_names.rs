//! Which build arguments look like secrets. Docker writes build arguments into the
//! image's history, which everyone who pulls it can read.

/// Parts of a name that make it the name of a secret.
const SECRET_PARTS: [&str; 11] = [
    "TOKEN",
    "TOKENS",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "PWD",
    "SECRET",
    "SECRETS",
    "CREDENTIAL",
    "CREDENTIALS",
];
/// Parts before `KEY` that make it a secret.
const KEY_KINDS: [&str; 7] = ["API", "ACCESS", "PRIVATE", "SECRET", "SSH", "SIGNING", "DEPLOY"];
/// Last parts of names that describe a secret and are not secret themselves.
const DESCRIPTIONS: [&str; 9] =
    ["URL", "URI", "FILE", "PATH", "NAME", "VERSION", "TYPE", "LENGTH", "ENDPOINT"];

pub(super) fn looks_like_a_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) || has_password_in_url(value)
}

fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let parts: Vec<&str> = upper.split(['_', '-', '.']).collect();
    if parts.last().is_some_and(|last| DESCRIPTIONS.contains(last)) {
        return false;
    }
    parts.iter().any(|part| SECRET_PARTS.contains(part) || *part == "APIKEY")
        || parts.windows(2).any(|pair| KEY_KINDS.contains(&pair[0]) && pair[1] == "KEY")
}

/// `scheme://user:password@host`.
fn has_password_in_url(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_recognised() {
        for name in [
            "TOKEN",
            "pypi_token",
            "DB_PASSWORD",
            "API_KEY",
            "apikey",
            "AWS_SECRET_ACCESS_KEY",
            "SSH_PRIVATE_KEY",
        ] {
            assert!(looks_like_a_secret(name, ""), "{name}");
        }
    }

    #[test]
    fn similar_names_are_not_secrets() {
        for name in [
            "TOKENIZER_VERSION",
            "VERSION",
            "KEY",
            "PASSENGER",
            "TOKEN_URL",
            "KEYBOARD",
            "SECRET_NAME",
        ] {
            assert!(!looks_like_a_secret(name, ""), "{name}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_a_secret() {
        assert!(looks_like_a_secret("INDEX", "https://me:canary@index/simple"));
        assert!(!looks_like_a_secret("INDEX", "https://me@index/simple"));
        assert!(!looks_like_a_secret("INDEX", "https://index:8080/a@b:c"));
    }
}
