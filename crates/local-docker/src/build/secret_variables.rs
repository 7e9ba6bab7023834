//! Secrets among the variables of a container.

use secrecy::SecretString;

use super::{
    secret_values::password_in_url,
    secrets::{SecretSign, secret_sign},
};

/// Anything shorter guards nothing, and would be found in every second line.
const SHORTEST_SECRET: usize = 6;

/// The secrets among variables such as `NAME=value`, the longest first: values, lines of
/// values, and passwords of addresses.
pub(crate) fn secret_values_of<'a>(
    variables: impl Iterator<Item = &'a String>,
) -> Vec<SecretString> {
    let mut secrets = Vec::new();
    for (name, value) in variables.filter_map(|variable| variable.split_once('=')) {
        if matches!(secret_sign(name, value), Some(SecretSign::Value | SecretSign::Name)) {
            secrets.extend(value.lines().map(str::trim));
            secrets.extend(password_in_url(value));
        }
    }
    secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.into_iter().map(SecretString::from).collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn values_of_secret_variables_and_passwords_of_addresses_are_secrets() {
        let variables = [
            "PATH=/usr/bin:/bin",
            "DB_PASSWORD=hush-hush",
            "DATABASE_URL=postgres://app:pass-of-app@db/shop",
            "PIN_TOKEN=1234",
            "SIGNING_KEY=-----BEGIN\nfirst-line\nsecond-line",
            "GREETING=hello world",
        ];
        let secrets = secret_values_of(variables.map(str::to_owned).iter());
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.expose_secret()).collect();
        assert_eq!(secrets[0], "postgres://app:pass-of-app@db/shop");
        for secret in ["hush-hush", "pass-of-app", "first-line", "second-line"] {
            assert!(secrets.contains(&secret), "{secret} is not in {secrets:?}");
        }
        for other in ["1234", "hello world", "/usr/bin:/bin"] {
            assert!(!secrets.contains(&other), "{other} is in {secrets:?}");
        }
    }
}
