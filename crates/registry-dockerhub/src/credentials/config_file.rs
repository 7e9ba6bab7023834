use std::{collections::HashMap, path::Path};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::Deserialize;

use super::Credential;
use crate::RegistryError;

/// Docker accepts `auth` with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One file of credentials: Docker's `config.json`, podman's `auth.json`, or
/// the variable `DOCKER_AUTH_CONFIG`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ConfigFile {
    auths: HashMap<String, Entry>,
    pub(super) cred_helpers: HashMap<String, String>,
    pub(super) creds_store: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl ConfigFile {
    /// Reads the text of a file. Errors name the file and place, never the content.
    pub(super) fn parse(text: &str, origin: &Path) -> Result<Self, RegistryError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|error| RegistryError::CredentialFile {
            path: origin.to_owned(),
            reason: format!("line {} column {} is not as expected", error.line(), error.column()),
        })
    }

    /// The credential written under this key, if there is a whole one.
    pub(super) fn inline(&self, key: &str) -> Option<Credential> {
        self.auths.get(key)?.credential()
    }

    /// The keys that have entries.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.auths.keys().map(String::as_str)
    }
}

impl Entry {
    fn credential(&self) -> Option<Credential> {
        if !self.registrytoken.is_empty() {
            return Some(Credential::RegistryToken(self.registrytoken.as_str().into()));
        }
        if !self.identitytoken.is_empty() {
            return Some(Credential::IdentityToken(self.identitytoken.as_str().into()));
        }
        let (user, password) = self.decoded().unwrap_or_else(|| self.plain());
        let whole = !user.is_empty() && !password.is_empty();
        whole.then(|| Credential::Password { user, password: password.into() })
    }

    fn decoded(&self) -> Option<(String, String)> {
        let bytes = BASE64.decode(self.auth.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
    }

    fn plain(&self) -> (String, String) {
        (self.username.clone(), self.password.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    fn inline(entry: &str) -> Option<Credential> {
        let text = format!(r#"{{"auths":{{"r.example":{entry}}},"HttpHeaders":{{}}}}"#);
        ConfigFile::parse(&text, Path::new("config.json")).unwrap().inline("r.example")
    }

    #[test]
    fn auth_is_base64_of_user_and_password_with_or_without_padding() {
        for auth in ["bWU6cGFzczp3b3Jk", "bWU6cGFzczp3b3Jk="] {
            let found = inline(&format!(r#"{{"auth":"{auth}"}}"#));
            let Some(Credential::Password { user, password }) = found else { continue };
            assert_eq!((user.as_str(), password.expose_secret()), ("me", "pass:word"));
        }
        assert!(matches!(inline(r#"{"auth":"bWU6cGFzcw"}"#), Some(Credential::Password { .. })));
    }

    #[test]
    fn tokens_win_over_passwords() {
        let found = inline(r#"{"auth":"bWU6cGFzcw==","identitytoken":"t"}"#);
        assert!(matches!(found, Some(Credential::IdentityToken(_))));
        assert!(matches!(inline(r#"{"registrytoken":"t"}"#), Some(Credential::RegistryToken(_))));
    }

    #[test]
    fn the_empty_entry_that_docker_login_leaves_beside_a_store_is_no_credential() {
        assert!(inline("{}").is_none());
        assert!(inline(r#"{"username":"me"}"#).is_none());
    }

    #[test]
    fn a_broken_file_is_reported_without_its_content() {
        let text = r#"{"auths": {"r": {"auth": ["canary"]}}}"#;
        let error =
            ConfigFile::parse(text, Path::new("/home/me/.docker/config.json")).err().unwrap();
        assert!(!error.to_string().contains("canary"), "{error}");
        assert!(error.to_string().contains("config.json"), "{error}");
    }
}
