use std::{collections::HashMap, io, path::Path, sync::Arc};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::{
    Credential, CredentialLocations, CredentialQuery, CredentialSource,
    config_file::ConfigFile,
    helper::Helpers,
    search::{Attempt, attempts},
};
use crate::RegistryError;

/// The credentials of Docker's and podman's users, in Docker's order:
/// `DOCKER_AUTH_CONFIG`, `credHelpers`, `credsStore`, `auths`, podman's files.
#[derive(Clone)]
pub struct DockerCredentials {
    files: Arc<Vec<ConfigFile>>,
    helpers: Helpers,
    /// Helpers are asked once for each server: some open a window.
    answers: Arc<Mutex<Answers>>,
}

/// What each helper said about each server.
type Answers = HashMap<(String, String), Option<Credential>>;

impl std::fmt::Debug for DockerCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DockerCredentials({} files)", self.files.len())
    }
}

impl DockerCredentials {
    /// Reads the files that exist. Helpers are asked later, when needed.
    ///
    /// # Errors
    /// [`RegistryError::CredentialFile`] when one is there and cannot be read.
    pub fn load(locations: &CredentialLocations) -> Result<Self, RegistryError> {
        let inline =
            locations.inline.as_ref().map(|text| (Path::new("DOCKER_AUTH_CONFIG"), text.clone()));
        let mut texts: Vec<(&Path, SecretString)> = inline.into_iter().collect();
        for path in &locations.files {
            texts.extend(read(path)?.map(|text| (path.as_path(), text)));
        }
        let parse = |(origin, text): &(&Path, SecretString)| {
            ConfigFile::parse(text.expose_secret(), origin)
        };
        let files = texts.iter().map(parse).collect::<Result<_, _>>()?;
        let helpers = Helpers {
            folder: locations.helper_folder.clone(),
            patience: locations.helper_patience,
        };
        Ok(Self { files: Arc::new(files), helpers, answers: Arc::default() })
    }

    async fn ask(&self, name: &str, server: &str) -> Result<Option<Credential>, RegistryError> {
        let mut answers = self.answers.lock().await;
        let key = (name.to_owned(), server.to_owned());
        if let Some(answer) = answers.get(&key) {
            return Ok(answer.clone());
        }
        let answer = self.helpers.ask(name, server).await?;
        answers.insert(key, answer.clone());
        Ok(answer)
    }
}

fn read(path: &Path) -> Result<Option<SecretString>, RegistryError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.into())),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => {
            Err(RegistryError::CredentialFile { path: path.to_owned(), reason: error.to_string() })
        }
    }
}

#[async_trait::async_trait]
impl CredentialSource for DockerCredentials {
    async fn credential(
        &self,
        query: &CredentialQuery,
    ) -> Result<Option<Credential>, RegistryError> {
        for attempt in attempts(&self.files, query) {
            match attempt {
                Attempt::Take(credential) => return Ok(Some(credential)),
                Attempt::AskHelper { name, server } => {
                    if let Some(found) = self.ask(&name, &server).await? {
                        return Ok(Some(found));
                    }
                }
            }
        }
        Ok(None)
    }
}
