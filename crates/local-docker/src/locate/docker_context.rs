use std::{fs, io, path::Path};

use image_ref::Digest;
use serde::{Deserialize, de::DeserializeOwned};

use super::endpoint::{Endpoint, TlsFiles};
use crate::error::{Cause, EngineError};

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

/// `contexts/meta/<sha256 of the name>/meta.json`, as docker/cli's
/// `cli/context/store` writes it.
#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Endpoints")]
    endpoints: MetaEndpoints,
}

#[derive(Deserialize)]
struct MetaEndpoints {
    docker: MetaDocker,
}

#[derive(Deserialize)]
struct MetaDocker {
    #[serde(rename = "Host")]
    host: String,
}

/// The context selected with `docker context use`, if any.
pub(super) fn current_context(config_folder: &Path) -> Result<Option<String>, EngineError> {
    let file = config_folder.join("config.json");
    let config: Option<DockerConfig> = read_json(&file)?;
    let name = config.and_then(|config| config.current_context);
    Ok(name.filter(|name| !name.is_empty() && name != "default"))
}

/// The endpoint that a context of Docker's command line names.
pub(super) fn read_context(config_folder: &Path, name: &str) -> Result<Endpoint, EngineError> {
    let id = Digest::of(name.as_bytes());
    let contexts = config_folder.join("contexts");
    let file = contexts.join("meta").join(id.hex()).join("meta.json");
    let Some(meta) = read_json::<Meta>(&file)? else {
        return Err(EngineError::UnknownContext { name: name.to_owned(), folder: contexts });
    };
    let tls = TlsFiles::in_folder(&contexts.join("tls").join(id.hex()).join("docker"));
    Ok(Endpoint {
        address: meta.endpoints.docker.host.parse()?,
        context: Some(name.to_owned()),
        tls: tls.ca.is_file().then_some(tls),
    })
}

/// `None` when the file does not exist.
fn read_json<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, EngineError> {
    match fs::read(file) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(document) => Ok(Some(document)),
            Err(error) => Err(config_unreadable(file, error.into())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(config_unreadable(file, error.into())),
    }
}

fn config_unreadable(file: &Path, source: Cause) -> EngineError {
    EngineError::DockerConfigUnreadable { file: file.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::{Address, DockerEnvironment, EndpointChoice};

    fn folder_with_context(name: &str, host: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder.path().join("contexts/meta").join(Digest::of(name.as_bytes()).hex());
        fs::create_dir_all(&meta).unwrap();
        let json = format!(
            r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
        );
        fs::write(meta.join("meta.json"), json).unwrap();
        fs::write(folder.path().join("config.json"), format!(r#"{{"currentContext":"{name}"}}"#))
            .unwrap();
        folder
    }

    fn in_folder(folder: &Path) -> DockerEnvironment {
        DockerEnvironment { config_folder: Some(folder.to_owned()), ..Default::default() }
    }

    #[test]
    fn the_current_context_names_the_engine() {
        let folder = folder_with_context("rootless", "unix:///run/user/1/docker.sock");
        let choice = EndpointChoice { environment: in_folder(folder.path()), ..Default::default() };
        let endpoint = choice.resolve().unwrap();
        assert_eq!(endpoint.address, Address::Unix("/run/user/1/docker.sock".into()));
        assert_eq!(endpoint.builder_name(), "rootless");
        assert!(endpoint.environment().contains(&("DOCKER_CONTEXT", Some("rootless".into()))));
    }

    #[test]
    fn docker_host_wins_over_the_current_context() {
        let folder = folder_with_context("rootless", "unix:///x");
        let mut environment = in_folder(folder.path());
        environment.host = Some("unix:///y".into());
        let choice = EndpointChoice { environment, ..Default::default() };
        assert_eq!(choice.resolve().unwrap().address, Address::Unix("/y".into()));
    }

    #[test]
    fn an_unknown_context_is_reported_by_name() {
        let folder = folder_with_context("a", "unix:///x");
        let choice = EndpointChoice {
            context: Some("b".into()),
            environment: in_folder(folder.path()),
            ..Default::default()
        };
        let error = choice.resolve().unwrap_err();
        assert!(matches!(&error, EngineError::UnknownContext { name, .. } if name == "b"));
    }

    #[test]
    fn an_invalid_configuration_is_an_error_and_not_the_default() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), "{").unwrap();
        let error = current_context(folder.path()).unwrap_err();
        assert!(matches!(error, EngineError::DockerConfigUnreadable { .. }));
    }
}
