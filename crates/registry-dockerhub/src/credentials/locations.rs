use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;

/// How long a helper may take: it may ask the person to unlock a key ring.
const HELPER_PATIENCE: Duration = Duration::from_secs(30);

/// The places where Docker and podman keep credentials, first choice first.
#[derive(Debug, Clone)]
pub struct CredentialLocations {
    /// Value of `DOCKER_AUTH_CONFIG`: the text of a config file.
    pub inline: Option<SecretString>,
    /// Files, which need not exist.
    pub files: Vec<PathBuf>,
    /// Folder of the helper programs; `None` looks them up on `PATH`.
    pub helper_folder: Option<PathBuf>,
    /// How long a helper may take (default 30 s).
    pub helper_patience: Duration,
}

impl Default for CredentialLocations {
    /// No place at all.
    fn default() -> Self {
        Self {
            inline: None,
            files: Vec::new(),
            helper_folder: None,
            helper_patience: HELPER_PATIENCE,
        }
    }
}

impl CredentialLocations {
    /// Works out the places from environment variables. Only binaries read the
    /// environment: they pass `std::env::var_os`.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = |name: &str| value(name).map(PathBuf::from);
        let docker = path("DOCKER_CONFIG").or_else(|| Some(path("HOME")?.join(".docker")));
        let runtime = path("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json"));
        let files =
            [docker.map(|folder| folder.join("config.json")), path("REGISTRY_AUTH_FILE"), runtime];
        let inline = value("DOCKER_AUTH_CONFIG").and_then(|text| text.into_string().ok());
        Self {
            inline: inline.map(Into::into),
            files: files.into_iter().flatten().collect(),
            ..Self::default()
        }
    }

    /// Only this file.
    #[must_use]
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { files: vec![path.as_ref().to_owned()], ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(variables: &[(&str, &str)]) -> Vec<PathBuf> {
        CredentialLocations::from_environment(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
        .files
    }

    #[test]
    fn docker_comes_before_podman() {
        let found =
            files(&[("HOME", "/h"), ("REGISTRY_AUTH_FILE", "/p.json"), ("XDG_RUNTIME_DIR", "/r")]);
        let expected = ["/h/.docker/config.json", "/p.json", "/r/containers/auth.json"];
        assert_eq!(found, expected.map(PathBuf::from));
    }

    #[test]
    fn docker_config_is_a_folder_and_empty_variables_do_not_count() {
        assert_eq!(
            files(&[("DOCKER_CONFIG", "/d"), ("HOME", "/h")]),
            [PathBuf::from("/d/config.json")]
        );
        assert_eq!(files(&[("DOCKER_CONFIG", ""), ("HOME", "")]), [] as [PathBuf; 0]);
    }
}
