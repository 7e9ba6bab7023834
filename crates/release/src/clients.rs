//! The clients of everything that a project publishes to, at the places that
//! its configuration names.

use std::{collections::BTreeMap, ffi::OsString};

use configuration::Configuration;
use github::{GitHubClient, RepositoryName, Token};
use image_ref::{Reference, Registry, Repository};
use local_docker::Engine;
use registry_dockerhub::{
    CredentialLocations, DockerCredentials, Endpoints, RegistryClient, RegistryEndpoint,
};
use registry_pypi::{
    Credentials, IndexEndpoints, IndexReader, Polling, UploadRules,
    credentials::{self, KeyringProgram, Sources},
};
use tokio::sync::OnceCell;
use transport::{HttpClient, RetryPolicy, Url};

use operation::{Environment, OperationError, USER_AGENT};

use crate::{Project, ReleaseError, publish::StepFailure};

/// Clients for one project.
pub(crate) struct Services {
    pub(crate) http: HttpClient,
    pub(crate) indexes: BTreeMap<String, IndexReader>,
    pub(crate) registry: RegistryClient,
    pub(crate) endpoints: Endpoints,
    pub(crate) upload_retry: RetryPolicy,
    environment: Environment,
    github: Option<Result<GitHubClient, StepFailure>>,
    engine: OnceCell<Engine>,
}

impl Services {
    /// Clients at the places that the project's configuration names.
    ///
    /// # Errors
    /// [`OperationError::Project`] for an index without address, and
    /// [`OperationError::Service`] when HTTP or Docker's credentials cannot be set up.
    pub(crate) async fn new(
        project: &Project,
        environment: &Environment,
    ) -> Result<Self, ReleaseError> {
        let http =
            HttpClient::new(USER_AGENT).map_err(OperationError::service("set up HTTP", None))?;
        let endpoints = registry_endpoints(&project.configuration)?;
        let keys = docker_credentials(environment)?;
        let names = project.indexes().iter();
        let indexes = names.map(|name| {
            let endpoints = index_endpoints(project, name)?;
            Ok((name.clone(), IndexReader::new(http.clone(), endpoints)))
        });
        Ok(Self {
            indexes: indexes.collect::<Result<_, ReleaseError>>()?,
            registry: RegistryClient::new(http.clone(), endpoints.clone(), keys),
            endpoints,
            upload_retry: RetryPolicy::default(),
            environment: environment.clone(),
            engine: OnceCell::new(),
            github: github_client(project, environment, &http).await,
            http,
        })
    }

    pub(crate) fn index(&self, name: &str) -> Result<&IndexReader, StepFailure> {
        let missing = || StepFailure::new(format!("nothing is uploaded to an index `{name}`"));
        self.indexes.get(name).ok_or_else(missing)
    }

    /// Credentials of an index, from where users keep them. Variables of other
    /// tools name no index, so they count only when there is one index.
    pub(crate) async fn find_credentials(
        &self,
        index: &str,
    ) -> Result<Option<Credentials>, StepFailure> {
        let variables = self.environment.variables.iter();
        let variables =
            variables.map(|(name, value)| (OsString::from(name), value.clone())).collect();
        let keyring = KeyringProgram::on_path();
        let sources = Sources {
            other_tools_variables: self.indexes.len() == 1,
            home: self.environment.home.as_deref(),
            keyring: keyring.as_ref().map(|keyring| keyring as &dyn credentials::Keyring),
            trusted_publishing: Some(&self.http),
            ..Sources::variables(&variables)
        };
        Ok(credentials::find(self.index(index)?.endpoints(), sources).await?)
    }

    pub(crate) async fn credentials(&self, index: &str) -> Result<Credentials, StepFailure> {
        let missing = || StepFailure {
            advice: Some(format!("set {}", credential_places(index))),
            ..StepFailure::new(format!("no credentials for {index} were found"))
        };
        self.find_credentials(index).await?.ok_or_else(missing)
    }

    /// Other indexes on which dependencies may be: TestPyPI misses most, and
    /// PyPI moved elsewhere, as in rehearsals, has none. Nothing is added to
    /// other indexes: a name there must not be answered by PyPI.
    pub(crate) fn extra_indexes(&self, index: &str) -> Vec<Url> {
        let public = IndexEndpoints::public("pypi").map(|pypi| pypi.simple);
        let own = self.indexes.get("pypi").map(|reader| reader.endpoints().simple.clone());
        let mut extra: Vec<Url> = match index {
            "testpypi" => own.into_iter().chain(public).collect(),
            "pypi" if own != public => public.into_iter().collect(),
            _ => Vec::new(),
        };
        extra.dedup();
        extra
    }

    /// How long and how often an index is looked at.
    pub(crate) fn polling(&self, project: &Project, index: &str) -> Polling {
        let usual = Polling::default();
        let within = project.index(index).deadline.map(configuration::Period::duration);
        // Whoever sets a short deadline wants to know soon.
        let first = within.map_or(usual.first_wait, |within| usual.first_wait.min(within / 50));
        Polling { within: within.unwrap_or(usual.within), first_wait: first, ..usual }
    }

    /// The client of the project's forge.
    pub(crate) fn github(&self) -> Result<&GitHubClient, StepFailure> {
        match &self.github {
            Some(Ok(client)) => Ok(client),
            Some(Err(failure)) => Err(failure.clone()),
            None => Err(StepFailure::new("the project has no GitHub repository")),
        }
    }

    /// The Docker Engine, connected once.
    pub(crate) async fn engine(&self) -> Result<&Engine, local_docker::EngineError> {
        self.engine.get_or_try_init(|| Engine::connect(&self.environment.engine)).await
    }

    /// As [`Services::engine`], for steps.
    pub(crate) async fn engine_for_steps(&self) -> Result<&Engine, StepFailure> {
        Ok(self.engine().await?)
    }

    /// The reference by which an engine pulls a digest: a registry that the
    /// configuration places elsewhere is named by that place.
    pub(crate) fn as_pulled(&self, repository: &Repository) -> Repository {
        let place = self.endpoints.endpoint(repository.registry());
        let base = place.as_ref().map(RegistryEndpoint::base_url);
        let host = base.and_then(|url| Some((url.host_str()?, url.port())));
        let moved = match host {
            Some((host, Some(port))) => format!("{host}:{port}").parse::<Registry>().ok(),
            _ => None,
        };
        moved.map_or_else(|| repository.clone(), |registry| repository.at(registry))
    }

    /// As [`Services::as_pulled`], for a digest.
    pub(crate) fn pull_reference(
        &self,
        repository: &Repository,
        digest: image_ref::Digest,
    ) -> Reference {
        self.as_pulled(repository).pinned(digest)
    }
}

/// Where credentials of an index are looked for, in words.
pub(crate) fn credential_places(index: &str) -> String {
    let variable = index.to_ascii_uppercase().replace(['-', '.'], "_");
    format!("TIDEGATE_INDEX_{variable}_TOKEN, ~/.pypirc, the keyring or trusted publishing")
}

/// Known names have known places; the configuration changes or adds them.
fn index_endpoints(project: &Project, name: &str) -> Result<IndexEndpoints, ReleaseError> {
    let settings = project.index(name);
    let known = IndexEndpoints::public(name);
    let own = settings.upload.clone().zip(settings.simple.clone());
    let base = match (known, own) {
        (Some(known), _) => known,
        (None, Some((upload, simple))) => IndexEndpoints::private(name, upload, simple),
        (None, None) => {
            let advice = format!("add `[index.{name}]` with `upload` and `simple`");
            return Err(
                OperationError::usage(format!("the index `{name}` is not known"), &advice).into()
            );
        }
    };
    let moved = settings.upload.is_some() || settings.simple.is_some();
    let elsewhere = |url: Option<Url>| if moved { None } else { url };
    let json = settings.json.clone().or_else(|| elsewhere(base.json.clone()));
    Ok(IndexEndpoints {
        rules: if json.is_some() { UploadRules::Pypi } else { UploadRules::Basic },
        json,
        web: elsewhere(base.web.clone()),
        upload: settings.upload.unwrap_or(base.upload),
        simple: settings.simple.unwrap_or(base.simple),
        name: base.name,
    })
}

async fn github_client(
    project: &Project,
    environment: &Environment,
    http: &HttpClient,
) -> Option<Result<GitHubClient, StepFailure>> {
    let settings = project.configuration.github.as_ref()?;
    let name = match RepositoryName::parse(&settings.repository) {
        Ok(name) => name,
        Err(error) => return Some(Err(error.into())),
    };
    let endpoints = match &settings.url {
        Some(api) => github::Endpoints::at(api.clone(), settings.uploads.clone()),
        None => github::Endpoints::public(),
    };
    let variable = |name: &str| environment.variable(name)?.into_string().ok();
    let token = Token::find(variable, &endpoints.host).await;
    let secret = token.map(|token| token.secret);
    Some(Ok(GitHubClient::new(http.clone(), endpoints, name, secret)))
}

fn docker_credentials(environment: &Environment) -> Result<DockerCredentials, OperationError> {
    let locations = CredentialLocations::from_environment(|name| environment.variable(name));
    DockerCredentials::load(&locations)
        .map_err(OperationError::service("read Docker's credentials", None))
}

fn registry_endpoints(configuration: &Configuration) -> Result<Endpoints, OperationError> {
    Endpoints::configured(configuration.registry_urls()).map_err(|error| {
        let advice = "correct the name of the `[registry]` table in tidegate.toml";
        OperationError::usage(error.to_string(), advice)
    })
}
