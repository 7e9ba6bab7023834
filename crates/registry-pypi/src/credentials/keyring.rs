//! Credentials in the system's keyring, through the `keyring` program, as pip
//! and uv use it (`--keyring-provider subprocess`).

use std::{path::PathBuf, time::Duration};

use process::{Command, find_program};
use secrecy::SecretString;
use transport::Url;

use super::credential::{CredentialSource, Credentials, TOKEN_USER};

/// A store of passwords.
#[async_trait::async_trait]
pub trait Keyring: Send + Sync {
    /// The password of a user at a service; `None` also when the store is
    /// missing or locked.
    async fn password(&self, service: &str, user: &str) -> Option<SecretString>;
}

/// The `keyring` program (project `keyring` on PyPI).
#[derive(Debug, Clone)]
pub struct KeyringProgram {
    program: PathBuf,
}

impl KeyringProgram {
    /// The program on `PATH`, if it is installed.
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

/// A locked keyring may wait for input in vain.
const TIMEOUT: Duration = Duration::from_secs(30);

#[async_trait::async_trait]
impl Keyring for KeyringProgram {
    async fn password(&self, service: &str, user: &str) -> Option<SecretString> {
        let command = Command::new(&self.program)
            .args(["get", service, user])
            .summary("read the password of the index from the keyring")
            .timeout(TIMEOUT);
        // The exit code is not 0 without a backend, for a missing password, and when locked.
        let output = command.output().await.ok()?;
        let password = output.stdout_text();
        let password = password.trim_end_matches(['\n', '\r']);
        (!password.is_empty()).then(|| password.into())
    }
}

/// Looks up the upload address as twine does, then its host as pip does.
pub(super) async fn keyring_credentials(
    keyring: &dyn Keyring,
    upload: &Url,
    user: Option<&str>,
) -> Option<Credentials> {
    let user = user.unwrap_or(TOKEN_USER);
    let host = upload.host_str().unwrap_or_default();
    for service in [upload.as_str(), host] {
        if let Some(password) = keyring.password(service, user).await {
            return Some(Credentials::new(Some(user), password, CredentialSource::Keyring));
        }
    }
    None
}
