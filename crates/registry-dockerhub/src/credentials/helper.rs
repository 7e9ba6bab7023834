use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError};
use serde::Deserialize;

use super::Credential;
use crate::RegistryError;

/// Where helper programs are and how long each may take.
#[derive(Debug, Clone)]
pub(super) struct Helpers {
    pub(super) folder: Option<PathBuf>,
    pub(super) patience: Duration,
}

/// What every helper prints when it knows no credential (docker-credential-helpers,
/// `errCredentialsNotFoundMessage`); the protocol has no other sign.
const NOT_FOUND: &str = "credentials not found";
/// The user name that marks an identity token (Docker CLI, `tokenUsername`).
const TOKEN_USER: &str = "<token>";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username")]
    user: String,
    #[serde(rename = "Secret")]
    secret: String,
}

impl Helpers {
    /// Asks `docker-credential-NAME get`: the server on its input, JSON on its
    /// output. What it prints never goes into an error: a helper may print the
    /// secret.
    pub(super) async fn ask(
        &self,
        name: &str,
        server: &str,
    ) -> Result<Option<Credential>, RegistryError> {
        let helper = format!("docker-credential-{name}");
        let failed = |reason: &str| RegistryError::CredentialHelper {
            helper: helper.clone(),
            server: server.to_owned(),
            reason: reason.to_owned(),
        };
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
            return Err(failed("its name is not that of a program"));
        }
        let program = self.folder.as_deref().unwrap_or(Path::new("")).join(&helper);
        let command = Command::new(program).arg("get").stdin(server.into()).timeout(self.patience);
        let output = command.outcome().await.map_err(|error| failed(&reason_of(&error)))?;
        match output.code {
            Some(0) => read(&output.stdout).ok_or_else(|| failed("its answer cannot be read")),
            _ if output.stdout_text().contains(NOT_FOUND) => Ok(None),
            Some(code) => Err(failed(&format!("it ended with exit code {code}"))),
            None => Err(failed("a signal ended it")),
        }
    }
}

fn reason_of(error: &ProcessError) -> String {
    match error {
        ProcessError::NotFound { .. } => "it was not found on PATH".to_owned(),
        ProcessError::TimedOut { limit, .. } => format!("no answer within {} s", limit.as_secs()),
        _ => "it could not be run".to_owned(),
    }
}

/// `Some(None)` when the answer is good and empty.
fn read(stdout: &[u8]) -> Option<Option<Credential>> {
    let answer: Answer = serde_json::from_slice(stdout).ok()?;
    if answer.secret.is_empty() {
        return Some(None);
    }
    let secret = answer.secret.into();
    Some(Some(match answer.user.as_str() {
        TOKEN_USER => Credential::IdentityToken(secret),
        _ => Credential::Password { user: answer.user, password: secret },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELPERS: Helpers = Helpers { folder: None, patience: Duration::from_secs(5) };

    #[test]
    fn the_user_name_token_marks_an_identity_token() {
        let [token, password] = ["<token>", "me"]
            .map(|user| format!(r#"{{"ServerURL":"s","Username":"{user}","Secret":"x"}}"#));
        assert!(matches!(read(token.as_bytes()), Some(Some(Credential::IdentityToken(_)))));
        assert!(matches!(read(password.as_bytes()), Some(Some(Credential::Password { .. }))));
        assert!(read(b"canary").is_none());
    }

    #[tokio::test]
    async fn a_missing_helper_is_named() {
        let error = HELPERS.ask("tidegate-no-such-helper", "r.example").await.unwrap_err();
        assert!(error.to_string().contains("docker-credential-tidegate-no-such-helper"), "{error}");
        assert!(error.hint().is_some());
    }

    #[tokio::test]
    async fn a_helper_is_a_name_and_not_a_path() {
        for name in ["../../tmp/x", "x y", "/bin/sh"] {
            let error = HELPERS.ask(name, "r.example").await.unwrap_err();
            assert!(error.to_string().contains("not that of a program"), "{error}");
        }
    }
}
