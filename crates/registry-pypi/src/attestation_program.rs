//! Making attestations (PEP 740) with the program `pypi-attestations`.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use process::{Command, ProcessError, find_program};

use crate::{Distribution, credentials::Environment};

/// Signing asks two services for each file.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The identity of the job, from which the program gets a certificate (GitHub Actions
/// and GitLab, as its library `id` finds them).
const IDENTITY: [&str; 5] = [
    "GITHUB_ACTIONS",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "GITLAB_CI",
    "SIGSTORE_ID_TOKEN",
];

/// What a Python program needs to start and to reach the network. Nothing else of the
/// environment is its business.
const SURROUNDINGS: [&str; 20] = [
    "PATH",
    "HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
];

/// Why files were not attested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// The program failed.
    #[error(transparent)]
    Program(#[from] ProcessError),
    /// The program succeeded, and an attestation is not where it should be.
    #[error("the program made no {}", .0.display())]
    Missing(PathBuf),
    /// What an earlier run left cannot be removed.
    #[error("cannot remove {}", path.display())]
    Leftover {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// Whether this CI job has an identity by which attestations are signed.
#[must_use]
pub fn has_signing_identity(environment: &Environment) -> bool {
    let has = |name: &str| environment.get(name).is_some();
    let token = has("ACTIONS_ID_TOKEN_REQUEST_URL") && has("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    // Without this variable the program would wait for somebody to log in with a browser.
    let github = has("GITHUB_ACTIONS") && token;
    github || has("GITLAB_CI") && has("SIGSTORE_ID_TOKEN")
}

/// The program `pypi-attestations` (project `pypi-attestations` on PyPI).
#[derive(Debug, Clone)]
pub struct AttestationProgram {
    program: PathBuf,
}

impl AttestationProgram {
    /// Name of the program.
    pub const NAME: &str = "pypi-attestations";

    /// The program on `PATH`, if it is installed.
    #[must_use]
    pub fn on_path() -> Option<Self> {
        find_program(Self::NAME).map(Self::at)
    }

    /// The program at this path.
    #[must_use]
    pub fn at(program: PathBuf) -> Self {
        Self { program }
    }

    /// Makes the attestations that are missing, next to the files: those that exist are
    /// for the same bytes, and each signature stays in a public log. Gives how many were
    /// made. The files must be read anew to have them.
    ///
    /// # Errors
    /// [`AttestationError`].
    pub async fn sign(
        &self,
        files: &[Distribution],
        environment: &Environment,
    ) -> Result<usize, AttestationError> {
        let unsigned: Vec<&Path> = files
            .iter()
            .filter(|file| !file.attestations().iter().any(|made| made.kind == "publish"))
            .map(Distribution::path)
            .collect();
        if unsigned.is_empty() {
            return Ok(0);
        }
        let command = Command::new(&self.program).arg("sign").args(&unsigned);
        let command = command.only_env(variables(environment)).timeout(TIMEOUT);
        let signed = command.summary("sign attestations with pypi-attestations").output().await;
        let attestations = unsigned.iter().map(|path| attestation_path(path));
        if let Err(error) = signed {
            // What is cut off must not be taken for an attestation.
            attestations.into_iter().try_for_each(|path| remove(&path))?;
            return Err(error.into());
        }
        let missing = attestations.into_iter().find(|path| !path.is_file());
        match missing {
            Some(path) => Err(AttestationError::Missing(path)),
            None => Ok(unsigned.len()),
        }
    }
}

fn attestation_path(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".publish.attestation");
    path.into()
}

fn remove(path: &Path) -> Result<(), AttestationError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(AttestationError::Leftover { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn variables(environment: &Environment) -> Vec<(OsString, OsString)> {
    let names = SURROUNDINGS.iter().chain(&IDENTITY);
    let variables = names.filter_map(|name| Some((name, environment.get(name)?)));
    variables.map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rehearsal::index::sample::Sample;

    use super::*;

    fn program(folder: &Path, body: &str) -> AttestationProgram {
        let path = folder.join("program");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        AttestationProgram::at(path)
    }

    const DOUBLE: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/pypi-attestations");

    fn sample(folder: &Path) -> Distribution {
        Distribution::open(Sample::new("greeter", "0.1.0").wheel().write_to(folder).unwrap())
            .unwrap()
    }

    fn environment() -> Environment {
        let path = std::env::var("PATH").unwrap();
        Environment::from_iter([
            ("PATH", path.as_str()),
            ("GITHUB_ACTIONS", "true"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1/"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary"),
            ("TWINE_PASSWORD", "canary"),
            ("GITHUB_TOKEN", "canary"),
        ])
    }

    #[tokio::test]
    async fn the_program_gets_the_identity_and_no_other_secret() {
        let folder = tempfile::tempdir().unwrap();
        let (program, file) = (AttestationProgram::at(DOUBLE.into()), sample(folder.path()));
        assert_eq!(program.sign(std::slice::from_ref(&file), &environment()).await.unwrap(), 1);
        let signed = Distribution::open(file.path()).unwrap();
        let json = &signed.attestations()[0].json;
        assert!(json.contains("ACTIONS_ID_TOKEN_REQUEST_TOKEN"), "{json}");
        assert!(!json.contains("TWINE") && !json.contains("GITHUB_TOKEN"), "{json}");
        // Signed once, whatever comes after.
        assert_eq!(program.sign(&[signed], &environment()).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_program_that_fails_leaves_no_attestation() {
        let folder = tempfile::tempdir().unwrap();
        let file = sample(folder.path());
        let broken = program(folder.path(), "echo '{' > \"$2.publish.attestation\"; exit 1");
        assert!(broken.sign(std::slice::from_ref(&file), &environment()).await.is_err());
        assert!(Distribution::open(file.path()).unwrap().attestations().is_empty());
        let idle = program(folder.path(), "exit 0");
        let error = idle.sign(&[file], &environment()).await.unwrap_err();
        assert!(matches!(error, AttestationError::Missing(_)), "{error}");
    }

    #[test]
    fn half_an_identity_is_none() {
        assert!(has_signing_identity(&environment()));
        for variables in [
            [("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1/"), ("GITHUB_ACTIONS", "true")],
            [("GITLAB_CI", "true"), ("PYPI_ID_TOKEN", "t")],
            [
                ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1/"),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
            ],
        ] {
            assert!(!has_signing_identity(&Environment::from_iter(variables)));
        }
    }
}
