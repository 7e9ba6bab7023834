use super::{
    secret_names::is_secret_name,
    secret_values::{has_form_of_secret, is_random},
};

/// What makes a value look like a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretSign {
    /// The value has the form of a token, key or password, or the name of a secret and
    /// looks random.
    Value,
    /// Only the name is that of a secret: the value may be a placeholder.
    Name,
    /// Only that the value looks random.
    Random,
}

/// Whether an argument or variable of a build looks like a secret. Docker writes both
/// into the image, which everyone who pulls it can read.
#[must_use]
pub fn secret_sign(name: &str, value: &str) -> Option<SecretSign> {
    let (is_named, is_random) = (is_secret_name(name), is_random(value));
    if has_form_of_secret(value) || (is_named && is_random) {
        return Some(SecretSign::Value);
    }
    let by_name = is_named.then_some(SecretSign::Name);
    by_name.or(is_random.then_some(SecretSign::Random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_name_and_randomness_are_signs() {
        let random = "q8Zt3Lw0PbX5vN1sRk7MdY2cJf9HgU6e";
        for (name, value, sign) in [
            ("NPM_TOKEN", random, Some(SecretSign::Value)),
            ("NPM_TOKEN", "changeme", Some(SecretSign::Name)),
            ("NPM_TOKEN", "{version}", Some(SecretSign::Name)),
            ("INDEX", "https://me:canary@index/simple", Some(SecretSign::Value)),
            ("BUILD", random, Some(SecretSign::Random)),
            ("VERSION", "{version}", None),
            ("GIT_COMMIT", "1a2b3c4", None),
        ] {
            assert_eq!(secret_sign(name, value), sign, "{name}={value}");
        }
    }
}
