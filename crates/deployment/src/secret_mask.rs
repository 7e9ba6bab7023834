//! Hides secrets in what programs print.

use std::fmt;

use local_docker::{SecretSign, secret_sign};
use secrecy::{ExposeSecret as _, SecretString};

/// What a secret is replaced by.
const MASK: &str = "***";

/// Hides passwords of addresses, tokens that their form gives away, and values that are
/// secrets by the name of their variable.
#[derive(Default)]
pub(crate) struct SecretMask {
    /// The longest first.
    values: Vec<SecretString>,
}

impl fmt::Debug for SecretMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretMask({} values)", self.values.len())
    }
}

impl SecretMask {
    /// Hides these values as well, of which the longest come first.
    pub(crate) fn new(values: Vec<SecretString>) -> Self {
        Self { values }
    }

    /// The text without secrets. Lines stay lines.
    pub(crate) fn mask(&self, text: &str) -> String {
        let text: String = text.split_inclusive(char::is_whitespace).map(mask_password).collect();
        let values = self.values.iter().map(|value| value.expose_secret());
        let text = values.fold(text, |text, value| text.replace(value, MASK));
        let is_separator = |c: char| c.is_whitespace() || "'\"`=,;()[]{}<>".contains(c);
        let parts = text.split_inclusive(is_separator);
        parts.map(|part| mask_token(part, is_separator)).collect()
    }
}

/// The password of an address: `postgres://app:secret@db/shop`.
fn mask_password(token: &str) -> String {
    let parts = || {
        let (scheme, rest) = token.split_once("://")?;
        let authority_end = rest.find('/').unwrap_or(rest.len());
        let at = rest[..authority_end].rfind('@')?;
        let colon = rest[..at].find(':')?;
        Some(format!("{scheme}://{}:{MASK}{}", &rest[..colon], &rest[at..]))
    };
    parts().unwrap_or_else(|| token.to_owned())
}

fn mask_token(part: &str, is_separator: impl Fn(char) -> bool) -> String {
    let word = part.trim_end_matches(is_separator);
    match secret_sign("", word) {
        Some(SecretSign::Value) if !word.contains(MASK) => format!("{MASK}{}", &part[word.len()..]),
        _ => part.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_hidden() {
        let text = "cannot connect to postgres://app:s3:cr@t@db:5432/shop\nhttp://db:80/a@b ok";
        let hidden = "cannot connect to postgres://app:***@db:5432/shop\nhttp://db:80/a@b ok";
        assert_eq!(SecretMask::default().mask(text), hidden);
    }

    #[test]
    fn values_of_variables_and_tokens_are_hidden() {
        let mask = SecretMask::new(vec!["hush-hush".to_owned().into()]);
        let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        let text = format!("login with (hush-hush) and token={token}, commit 1a2b3c\n");
        assert_eq!(mask.mask(&text), "login with (***) and token=***, commit 1a2b3c\n");
        assert!(!format!("{mask:?}").contains("hush"));
    }
}
