//! Which names are those of secrets.

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
const KEY_KINDS: [&str; 11] = [
    "API",
    "ACCESS",
    "PRIVATE",
    "SECRET",
    "SSH",
    "SIGNING",
    "DEPLOY",
    "ENCRYPTION",
    "MASTER",
    "LICENSE",
    "AUTH",
];
/// Last parts of names that describe a secret and are not secret themselves.
const DESCRIPTIONS: [&str; 9] =
    ["URL", "URI", "FILE", "PATH", "NAME", "VERSION", "TYPE", "LENGTH", "ENDPOINT"];

pub(super) fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let parts: Vec<&str> = upper.split(['_', '-', '.']).collect();
    if parts.last().is_some_and(|last| DESCRIPTIONS.contains(last)) {
        return false;
    }
    parts.iter().any(|part| SECRET_PARTS.contains(part) || *part == "APIKEY")
        || parts.windows(2).any(|pair| KEY_KINDS.contains(&pair[0]) && pair[1] == "KEY")
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
            assert!(is_secret_name(name), "{name}");
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
            "GPG_KEY",
            "CACHE_KEY",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
