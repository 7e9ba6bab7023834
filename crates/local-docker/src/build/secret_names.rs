//! Which build arguments are secrets by the look of them. Docker writes build
//! arguments into the image's history, for everybody who pulls it.

/// Words that make a name a secret's.
const SECRET_WORDS: [&str; 11] = [
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
/// Words before `KEY` that make it one.
const KEY_KINDS: [&str; 7] = ["API", "ACCESS", "PRIVATE", "SECRET", "SSH", "SIGNING", "DEPLOY"];
/// Words after which the name is about a secret, and not the secret.
const ABOUT: [&str; 9] =
    ["URL", "URI", "FILE", "PATH", "NAME", "VERSION", "TYPE", "LENGTH", "ENDPOINT"];

pub(super) fn looks_like_a_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) || has_password_in_url(value)
}

fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(['_', '-', '.']).collect();
    if words.last().is_some_and(|last| ABOUT.contains(last)) {
        return false;
    }
    let key = |pair: &[&str]| KEY_KINDS.contains(&pair[0]) && pair[1] == "KEY";
    words.iter().any(|word| SECRET_WORDS.contains(word) || *word == "APIKEY")
        || words.windows(2).any(key)
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
    fn names_that_only_sound_alike_are_not() {
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
    fn a_password_within_a_url_is_a_secret() {
        assert!(looks_like_a_secret("INDEX", "https://me:canary@index/simple"));
        assert!(!looks_like_a_secret("INDEX", "https://me@index/simple"));
        assert!(!looks_like_a_secret("INDEX", "https://index:8080/a@b:c"));
    }
}
