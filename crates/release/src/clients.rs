//! The clients of everything that a project publishes to, at the addresses that its
//! configuration names.

use std::{collections::BTreeMap, ffi::OsString};

use configuration::Configuration;
use github::{GitHubClient, RepositoryName, Token};
use image_ref::{Digest, Reference, Registry, Repository};
use local_docker::{Engine, EngineError};
use operation::{Environment, OperationError, USER_AGENT};
use python_project::Python;
use registry_dockerhub::{
    CredentialLocations, DockerCredentials, Endpoints, RegistryClient, RegistryEndpoint,
};
use registry_pypi::{
    Credentials, IndexEndpoints, IndexError, IndexReader, Polling, UploadRules,
    credentials::{self, Keyring, KeyringProgram, Sources},
};
use tokio::sync::OnceCell;
use transport::{HttpClient, Url};

use crate::{Project, ReleaseError, step_error::ReleaseStepError};

/// Clients for one project, and the Python that installs from where they publish.
pub(crate) struct Clients {
    pub(crate) indexes: BTreeMap<String, IndexReader>,
    pub(crate) registry: RegistryClient,
    pub(crate) python: Python,
    endpoints: Endpoints,
    http: HttpClient,
    environment: Environment,
    github: Option<GitHubClient>,
    engine: OnceCell<Engine>,
}

impl Clients {
    /// Clients at the addresses that the project's configuration names; none of an index
    /// without address, which preflight finds.
    ///
    /// # Errors
    /// [`OperationError::Usage`] for a wrong name of a registry,
    /// [`OperationError::Service`] when HTTP or Docker's credentials cannot be set up.
    pub(crate) async fn new(
        project: &Project,
        environment: &Environment,
    ) -> Result<Self, ReleaseError> {
        let http =
            HttpClient::new(USER_AGENT).map_err(OperationError::service("set up HTTP", None))?;
        let mut indexes = BTreeMap::new();
        for name in project.indexes() {
            if let Ok(endpoints) = index_endpoints(project, name) {
                indexes.insert(name.clone(), IndexReader::new(http.clone(), endpoints));
            }
        }
        let endpoints = registry_endpoints(&project.configuration)?;
        let credentials = docker_credentials(environment)?;
        Ok(Self {
            indexes,
            registry: RegistryClient::new(http.clone(), endpoints.clone(), credentials),
            endpoints,
            python: Python::new(&environment.python),
            environment: environment.clone(),
            engine: OnceCell::new(),
            github: github_client(project, environment, &http).await?,
            http,
        })
    }

    /// The client of an index.
    pub(crate) fn index(&self, name: &str) -> Result<&IndexReader, ReleaseStepError> {
        self.indexes.get(name).ok_or_else(|| {
            ReleaseStepError::failed(format!(
                "the package is not published to an index named `{name}`"
            ))
        })
    }

    /// Credentials of an index, from where users keep them. Variables of other tools
    /// name no index, so they count only when there is a single index.
    pub(crate) async fn find_credentials(
        &self,
        index: &IndexReader,
    ) -> Result<Option<Credentials>, IndexError> {
        let variables = variables_of(&self.environment);
        let keyring = KeyringProgram::on_path();
        let sources = Sources {
            other_tools_variables: self.indexes.len() == 1,
            home: self.environment.home.as_deref(),
            keyring: keyring.as_ref().map(|keyring| keyring as &dyn Keyring),
            trusted_publishing: Some(&self.http),
            ..Sources::variables(&variables)
        };
        credentials::find(index.endpoints(), sources).await
    }

    /// As [`Clients::find_credentials`]; missing ones are an error.
    pub(crate) async fn credentials(&self, index: &str) -> Result<Credentials, ReleaseStepError> {
        let found = self.find_credentials(self.index(index)?).await?;
        found.ok_or_else(|| ReleaseStepError::Failed {
            problem: format!("no credentials for {index} were found"),
            advice: Some(format!("set {}", credential_places(index))),
        })
    }

    /// Other indexes that may have dependencies: TestPyPI lacks most, and a PyPI that
    /// is moved elsewhere, as in rehearsals, has none. Other indexes get only those that
    /// are configured: a name there must not be served by PyPI.
    pub(crate) fn extra_indexes(&self, project: &Project, index: &str) -> Vec<Url> {
        let extra = project.index(index).extra_indexes;
        if !extra.is_empty() {
            return extra;
        }
        let public = IndexEndpoints::public("pypi").map(|pypi| pypi.simple);
        let configured = self.indexes.get("pypi").map(|reader| reader.endpoints().simple.clone());
        let mut extra: Vec<Url> = match index {
            "testpypi" => configured.into_iter().chain(public).collect(),
            "pypi" if configured != public => public.into_iter().collect(),
            _ => Vec::new(),
        };
        extra.dedup();
        extra
    }

    /// How long and how often an index is polled.
    pub(crate) fn polling(&self, project: &Project, index: &str) -> Polling {
        let default = Polling::default();
        let Some(within) = project.index(index).deadline.map(configuration::Period::duration)
        else {
            return default;
        };
        // A short deadline asks for an early answer.
        Polling { within, first_wait: default.first_wait.min(within / 50), ..default }
    }

    /// The client of the project's forge.
    pub(crate) fn github(&self) -> Result<&GitHubClient, ReleaseStepError> {
        let missing = || ReleaseStepError::failed("the project has no GitHub repository");
        self.github.as_ref().ok_or_else(missing)
    }

    /// The Docker Engine, connected once.
    pub(crate) async fn engine(&self) -> Result<&Engine, EngineError> {
        self.engine.get_or_try_init(|| Engine::connect(&self.environment.engine)).await
    }

    /// A client that sees what users see; in a private registry users log in.
    pub(crate) fn anonymous_client(
        &self,
        project: &Project,
        repository: &Repository,
    ) -> RegistryClient {
        let is_private = project.registry(repository).private;
        if is_private { self.registry.clone() } else { self.registry.anonymous() }
    }

    /// The reference by which an engine pulls a digest: a registry that the
    /// configuration places elsewhere is named by its host and port.
    pub(crate) fn pull_reference(&self, repository: &Repository, digest: Digest) -> Reference {
        let endpoint = self.endpoints.endpoint(repository.registry());
        let url = endpoint.as_ref().map(RegistryEndpoint::base_url);
        let moved = url.and_then(|url| {
            format!("{}:{}", url.host_str()?, url.port()?).parse::<Registry>().ok()
        });
        let repository = moved.map_or_else(|| repository.clone(), |moved| repository.at(moved));
        repository.pinned(digest)
    }
}

/// The variables of the environment, as the index's crate reads them.
pub(crate) fn variables_of(environment: &Environment) -> credentials::Environment {
    let variables = environment.variables.iter();
    variables.map(|(name, value)| (OsString::from(name), value.clone())).collect()
}

/// Where credentials of an index are searched for.
pub(crate) fn credential_places(index: &str) -> String {
    let variable = index.to_ascii_uppercase().replace(['-', '.'], "_");
    format!("TIDEGATE_INDEX_{variable}_TOKEN, ~/.pypirc, the keyring or trusted publishing")
}

/// The addresses and rules of an index: public indexes have public addresses, and the
/// configuration changes or adds them.
///
/// # Errors
/// [`OperationError::Usage`] for an index without address.
pub fn index_endpoints(project: &Project, name: &str) -> Result<IndexEndpoints, OperationError> {
    let settings = project.index(name);
    let configured = settings.upload.clone().zip(settings.simple.clone());
    let base = match (IndexEndpoints::public(name), configured) {
        (Some(public), _) => public,
        (None, Some((upload, simple))) => IndexEndpoints::private(name, upload, simple),
        (None, None) => {
            let advice = format!("add `[index.{name}]` with `upload` and `simple`");
            return Err(OperationError::usage(format!("the index `{name}` is unknown"), &advice));
        }
    };
    // Pages of the public index say nothing about one that is elsewhere.
    let is_moved = settings.upload.is_some() || settings.simple.is_some();
    let json = settings.json.or_else(|| base.json.filter(|_| !is_moved));
    Ok(IndexEndpoints {
        rules: if json.is_some() { UploadRules::Pypi } else { UploadRules::Basic },
        json,
        web: settings.web.or_else(|| base.web.filter(|_| !is_moved)),
        upload: settings.upload.unwrap_or(base.upload),
        simple: settings.simple.unwrap_or(base.simple),
        name: base.name,
    })
}

async fn github_client(
    project: &Project,
    environment: &Environment,
    http: &HttpClient,
) -> Result<Option<GitHubClient>, OperationError> {
    let Some(settings) = &project.configuration.github else { return Ok(None) };
    let name = settings.repository.parse::<RepositoryName>().map_err(|error| {
        OperationError::usage(error.to_string(), "write github.repository as `owner/name`")
    })?;
    let endpoints = match &settings.url {
        Some(api) => github::Endpoints::at(api.clone(), settings.uploads.clone()),
        None => github::Endpoints::public(),
    };
    let variable = |name: &str| environment.variable(name)?.into_string().ok();
    let token = Token::find(variable, &endpoints.host).await.map(|token| token.secret);
    Ok(Some(GitHubClient::new(http.clone(), endpoints, name, token)))
}

fn docker_credentials(environment: &Environment) -> Result<DockerCredentials, OperationError> {
    let locations = CredentialLocations::from_environment(|name| environment.variable(name));
    DockerCredentials::load(&locations)
        .map_err(OperationError::service("read Docker's credentials", None))
}

/// The addresses of registries that the configuration changes.
///
/// # Errors
/// [`OperationError::Usage`] for a name that no registry can have.
pub(crate) fn registry_endpoints(
    configuration: &Configuration,
) -> Result<Endpoints, OperationError> {
    Endpoints::configured(configuration.registry_urls()).map_err(|error| {
        let advice = "correct the name of the `[registry]` table in tidegate.toml";
        OperationError::usage(error.to_string(), advice)
    })
}
