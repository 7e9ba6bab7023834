use std::{env, path::PathBuf};

use super::{Address, Endpoint, TlsFiles, context};
use crate::EngineError;

/// What the user asked for, and the surroundings that decide when nothing was
/// asked for.
#[derive(Debug, Clone, Default)]
pub struct EndpointChoice {
    /// `--docker-host`.
    pub host: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// The variables and the folder that Docker's own programs read.
    pub environment: DockerEnvironment,
}

/// Docker's variables. The values are arguments of this library; binaries take
/// them with [`DockerEnvironment::of_this_process`].
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
    pub fn of_this_process() -> Self {
        let read = |name| env::var_os(name).filter(|value| !value.is_empty());
        let text = |name| read(name).map(|value| value.to_string_lossy().into_owned());
        let home = || read("HOME").map(|home| PathBuf::from(home).join(".docker"));
        Self {
            host: text("DOCKER_HOST"),
            context: text("DOCKER_CONTEXT"),
            config_folder: read("DOCKER_CONFIG").map(PathBuf::from).or_else(home),
            tls_verify: read("DOCKER_TLS_VERIFY").is_some(),
            cert_folder: read("DOCKER_CERT_PATH").map(PathBuf::from),
        }
    }
}

impl EndpointChoice {
    /// The engine that Docker's command line would use with the same flags,
    /// variables and configuration: flag, `DOCKER_HOST`, `DOCKER_CONTEXT`,
    /// `currentContext`, default socket.
    ///
    /// # Errors
    /// `Endpoint`, `UnknownContext`, `ContextUnreadable`, `HostAndContext`.
    pub fn resolve(&self) -> Result<Endpoint, EngineError> {
        match (&self.host, &self.context) {
            (Some(_), Some(_)) => Err(EngineError::HostAndContext),
            (Some(host), None) => self.at_host(host),
            (None, Some(context)) => self.in_context(context),
            (None, None) => self.by_surroundings(),
        }
    }

    fn by_surroundings(&self) -> Result<Endpoint, EngineError> {
        if let Some(host) = &self.environment.host {
            return self.at_host(host);
        }
        let current = || match &self.environment.config_folder {
            Some(folder) => context::current(folder),
            None => Ok(None),
        };
        let named = self.environment.context.clone();
        match named.map_or_else(current, |name| Ok(Some(name)))? {
            Some(name) => self.in_context(&name),
            None => Ok(self.at(Address::default_socket())),
        }
    }

    fn at_host(&self, host: &str) -> Result<Endpoint, EngineError> {
        Ok(self.at(host.parse()?))
    }

    fn at(&self, address: Address) -> Endpoint {
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

    fn in_context(&self, name: &str) -> Result<Endpoint, EngineError> {
        // The context of this name is what the variables say.
        if name == "default" {
            let host = self.environment.host.as_deref();
            return host
                .map_or_else(|| Ok(self.at(Address::default_socket())), |host| self.at_host(host));
        }
        let folder = self.environment.config_folder.as_ref();
        let folder = folder.ok_or_else(|| EngineError::UnknownContext {
            name: name.to_owned(),
            folder: PathBuf::from("~/.docker/contexts"),
        })?;
        context::read(folder, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(environment: DockerEnvironment) -> EndpointChoice {
        EndpointChoice { environment, ..EndpointChoice::default() }
    }

    #[test]
    fn nothing_stated_means_the_default_socket() {
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
    fn certificates_count_for_tcp_only() {
        let environment = |host: &str| DockerEnvironment {
            host: Some(host.into()),
            tls_verify: true,
            cert_folder: Some("/certs".into()),
            ..Default::default()
        };
        let tls = |host| choice(environment(host)).resolve().unwrap().tls;
        assert_eq!(tls("tcp://h:2376"), Some(TlsFiles::in_folder("/certs".as_ref())));
        assert_eq!(tls("unix:///a"), None);
    }
}
