use std::{env, ffi::OsString, path::PathBuf};

use super::{
    address::Address,
    docker_context,
    endpoint::{Endpoint, TlsFiles},
};
use crate::error::EngineError;

/// What the user selected, and the environment that decides when nothing was
/// selected.
#[derive(Debug, Clone, Default)]
pub struct EndpointChoice {
    /// `--docker-host`.
    pub host: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// The variables and the folder that Docker's own programs read.
    pub environment: DockerEnvironment,
}

/// Docker's variables. This library takes them as arguments; binaries read
/// them with [`DockerEnvironment::from_env`].
#[derive(Debug, Clone, Default)]
pub struct DockerEnvironment {
    /// `DOCKER_HOST`.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub context: Option<String>,
    /// Folder with `config.json` and `contexts/`: `DOCKER_CONFIG`, else `~/.docker`.
    pub config_folder: Option<PathBuf>,
    /// Whether `DOCKER_TLS_VERIFY` is set to something.
    pub tls_verify: bool,
    /// `DOCKER_CERT_PATH`.
    pub cert_folder: Option<PathBuf>,
}

impl DockerEnvironment {
    /// Reads the variables of this process. An empty one counts as unset, as
    /// it does for Docker.
    #[must_use]
    pub fn from_env() -> Self {
        let config_folder = env_path("DOCKER_CONFIG");
        Self {
            host: env_text("DOCKER_HOST"),
            context: env_text("DOCKER_CONTEXT"),
            config_folder: config_folder.or_else(|| Some(env_path("HOME")?.join(".docker"))),
            tls_verify: env_value("DOCKER_TLS_VERIFY").is_some(),
            cert_folder: env_path("DOCKER_CERT_PATH"),
        }
    }
}

fn env_value(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn env_text(name: &str) -> Option<String> {
    env_value(name).map(|value| value.to_string_lossy().into_owned())
}

fn env_path(name: &str) -> Option<PathBuf> {
    env_value(name).map(PathBuf::from)
}

impl EndpointChoice {
    /// The engine that Docker's command line would use with the same flags,
    /// variables and configuration: flag, `DOCKER_HOST`, `DOCKER_CONTEXT`,
    /// `currentContext`, default socket.
    ///
    /// # Errors
    /// `InvalidAddress`, `UnknownContext`, `DockerConfigUnreadable`,
    /// `HostAndContext`.
    pub fn resolve(&self) -> Result<Endpoint, EngineError> {
        match (&self.host, &self.context) {
            (Some(_), Some(_)) => Err(EngineError::HostAndContext),
            (Some(host), None) => self.resolve_host(host),
            (None, Some(context)) => self.resolve_context(context),
            (None, None) => self.resolve_environment(),
        }
    }

    fn resolve_environment(&self) -> Result<Endpoint, EngineError> {
        if let Some(host) = &self.environment.host {
            return self.resolve_host(host);
        }
        match self.context_of_environment()? {
            Some(name) => self.resolve_context(&name),
            None => Ok(self.endpoint_at(Address::default_socket())),
        }
    }

    fn context_of_environment(&self) -> Result<Option<String>, EngineError> {
        match (&self.environment.context, &self.environment.config_folder) {
            (Some(name), _) => Ok(Some(name.clone())),
            (None, Some(folder)) => docker_context::current_context(folder),
            (None, None) => Ok(None),
        }
    }

    fn resolve_host(&self, host: &str) -> Result<Endpoint, EngineError> {
        Ok(self.endpoint_at(host.parse()?))
    }

    fn endpoint_at(&self, address: Address) -> Endpoint {
        let tls = match &address {
            Address::Tcp(_) if self.environment.tls_verify => self.certificates(),
            _ => None,
        };
        Endpoint { address, context: None, tls }
    }

    /// Docker looks into `DOCKER_CERT_PATH`, else into its configuration folder.
    fn certificates(&self) -> Option<TlsFiles> {
        let environment = &self.environment;
        let folder = environment.cert_folder.as_ref().or(environment.config_folder.as_ref());
        folder.map(|folder| TlsFiles::in_folder(folder))
    }

    fn resolve_context(&self, name: &str) -> Result<Endpoint, EngineError> {
        // This name means what the variables select.
        if name == "default" {
            return match &self.environment.host {
                Some(host) => self.resolve_host(host),
                None => Ok(self.endpoint_at(Address::default_socket())),
            };
        }
        let folder = self.environment.config_folder.as_ref();
        let folder = folder.ok_or_else(|| EngineError::UnknownContext {
            name: name.to_owned(),
            folder: PathBuf::from("~/.docker/contexts"),
        })?;
        docker_context::read_context(folder, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(environment: DockerEnvironment) -> EndpointChoice {
        EndpointChoice { environment, ..EndpointChoice::default() }
    }

    #[test]
    fn the_default_socket_is_used_when_nothing_is_selected() {
        let endpoint = choice(DockerEnvironment::default()).resolve().unwrap();
        assert_eq!(endpoint.address, Address::default_socket());
    }

    #[test]
    fn the_flag_wins_over_the_variables() {
        let environment =
            DockerEnvironment { host: Some("tcp://other:1".into()), ..Default::default() };
        let flag = EndpointChoice {
            host: Some("unix:///a".into()),
            environment,
            ..EndpointChoice::default()
        };
        assert_eq!(flag.resolve().unwrap().address, Address::Unix("/a".into()));
    }

    #[test]
    fn docker_host_wins_over_docker_context() {
        let environment = DockerEnvironment {
            host: Some("unix:///a".into()),
            context: Some("elsewhere".into()),
            ..Default::default()
        };
        assert_eq!(choice(environment).resolve().unwrap().context, None);
    }

    #[test]
    fn both_flags_together_are_refused() {
        let both = EndpointChoice {
            host: Some("unix:///a".into()),
            context: Some("b".into()),
            ..EndpointChoice::default()
        };
        assert!(matches!(both.resolve(), Err(EngineError::HostAndContext)));
    }

    #[test]
    fn certificates_are_used_for_tcp_only() {
        for (host, expected) in
            [("tcp://h:2376", Some(TlsFiles::in_folder("/certs".as_ref()))), ("unix:///a", None)]
        {
            let environment = DockerEnvironment {
                host: Some(host.into()),
                tls_verify: true,
                cert_folder: Some("/certs".into()),
                ..Default::default()
            };
            assert_eq!(choice(environment).resolve().unwrap().tls, expected, "{host}");
        }
    }
}
