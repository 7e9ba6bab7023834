//! Credentials in the system's keyring, through the `keyring` program, as pip
//! and uv ask it (`--keyring-provider subprocess`).

use std::{path::PathBuf, time::Duration};

use process::{Command, find_program};
use secrecy::SecretString;
use transport::Url;

use super::{CredentialSource, Credentials};

/// A store that may have the password of a user at a service.
#[async_trait::async_trait]
pub trait Keyring: Send + Sync {
    /// The password, or nothing. A store that is absent or locked has nothing.
    async fn password(&self, service: &str, user: &str) -> Option<SecretString>;
}

/// The `keyring` program (project `keyring` on PyPI).
#[derive(Debug, Clone)]
pub struct KeyringProgram {
    program: PathBuf,
}

impl KeyringProgram {
    /// The program on `PATH`, if there is one.
    #[must_use]
    pub fn on_path() -> Option<Self> {
        find_program("keyring").map(Self::at)
    }

    /// The program at this path.
    #[must_use]
    pub fn at(program: PathBuf) -> Self {
        Self { program }
    }
}

/// A locked keyring may ask a person who is not there.
const PATIENCE: Duration = Duration::from_secs(30);

#[async_trait::async_trait]
impl Keyring for KeyringProgram {
    async fn password(&self, service: &str, user: &str) -> Option<SecretString> {
        let command = Command::new(&self.program)
            .args(["get", service, user])
            .summary("ask the keyring for the index's password")
            .timeout(PATIENCE);
        // No backend, nothing stored, locked: all end with another code than 0.
        let output = command.output().await.ok()?;
        let password = output.stdout_text();
        let password = password.trim_end_matches(['\n', '\r']);
        (!password.is_empty()).then(|| password.into())
    }
}

/// Asks for the upload address as twine does, then for its host as pip does.
pub(super) async fn find(
    keyring: &dyn Keyring,
    upload: &Url,
    user: Option<&str>,
) -> Option<Credentials> {
    let user = user.unwrap_or(super::model::TOKEN_USER);
    let host = upload.host_str().unwrap_or_default();
    for service in [upload.as_str(), host] {
        if let Some(password) = keyring.password(service, user).await {
            return Some(Credentials::new(Some(user), password, CredentialSource::Keyring));
        }
    }
    None
}
