use std::{collections::BTreeMap, ffi::OsString, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use configuration::{Configuration, Index, Period, Registry as RegistrySettings};
use registry_pypi::{IndexEndpoints, UploadRules};
use rehearsal::{
    forge::{Forge, ForgeOptions, ForgeToken, Permission, Workflow},
    index::{ApiToken, IndexOptions, PackageIndex},
    oci::{Access, Account, Registry, RegistryOptions},
};
use serde_json::json;
use url::Url;

use operation::{Environment, OperationError};
use release::{Project, ReleaseError, index_endpoints};

/// The token of every embedded service; it opens nothing else.
const TOKEN: &str = "pypi-rehearsal";
/// The account of the embedded registries.
const USER: &str = "maintainer";
/// How long an embedded index may take: it lists at once.
const DEADLINE: Period = Period::seconds(20);

/// The services of a rehearsal.
pub(super) struct Stage {
    pub(super) indexes: BTreeMap<String, PackageIndex>,
    pub(super) registries: BTreeMap<String, Registry>,
    pub(super) forge: Option<Forge>,
}

impl Stage {
    /// Starts a service for every target of the project. The forge reads from `remote`.
    pub(super) fn start(project: &Project, remote: &Path) -> Result<Self, ReleaseError> {
        let started = |error| OperationError::service("start the embedded services", None)(error);
        let index = |name: &String| Ok((name.clone(), start_index(project, name)?));
        let images = project.configuration.images.iter();
        let mut names: Vec<String> =
            images.map(|image| image.repository.registry().as_str().to_owned()).collect();
        names.sort();
        names.dedup();
        let registry = |name: String| Ok((name, start_registry()?));
        Ok(Self {
            indexes: project.indexes().iter().map(index).collect::<Result<_, ReleaseError>>()?,
            registries: names
                .into_iter()
                .map(registry)
                .collect::<Result<_, _>>()
                .map_err(started)?,
            forge: start_forge(project, remote).map_err(started)?,
        })
    }

    /// The project's configuration, with every target moved to the stage.
    pub(super) fn configuration(&self, project: &Project) -> Configuration {
        let mut moved = project.configuration.clone();
        moved.git.remote = "origin".to_owned();
        moved.git.branch = None;
        for (name, index) in &self.indexes {
            let has_json = index_endpoints(project, name).is_ok_and(|real| real.json.is_some());
            let original = project.index(name);
            moved.indexes.insert(name.clone(), moved_index(index, original, has_json));
        }
        for (name, registry) in &self.registries {
            let settings = RegistrySettings { url: parse(registry.url()), private: false };
            moved.registries.insert(name.clone(), settings);
        }
        for image in moved.images.iter_mut().filter(|image| !image.needs.is_empty()) {
            // The steps of the build must reach the index on loopback.
            image.network = Some("host".to_owned());
            // What the package depends on is where it always is.
            let public = IndexEndpoints::public("pypi").map(|pypi| pypi.simple.to_string());
            if let Some(Ok(extra)) = public.map(|url| url.parse()) {
                image.build_args.entry("PIP_EXTRA_INDEX_URL".to_owned()).or_insert(extra);
            }
        }
        if let Some(package) = &mut moved.package {
            // A signature would stay in a public log.
            package.attestations = Some(false);
        }
        if let (Some(github), Some(forge)) = (&mut moved.github, &self.forge) {
            github.url = parse(forge.url());
            github.uploads = parse(format!("{}/uploads", forge.url()));
            github.wait = DEADLINE;
        }
        moved
    }

    /// The environment without the user's credentials, with those of the stage.
    pub(super) fn variables(&self, environment: &Environment) -> BTreeMap<String, OsString> {
        let mut variables = environment.variables.clone();
        variables.retain(|name, _| !process::is_publishing_credential(name));
        for name in self.indexes.keys() {
            let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
            variables.insert(format!("TIDEGATE_INDEX_{name}_TOKEN"), TOKEN.into());
        }
        variables.insert("GITHUB_TOKEN".to_owned(), TOKEN.into());
        // Credentials of real registries stay where they are.
        variables.insert("DOCKER_AUTH_CONFIG".to_owned(), self.docker_auth_config().into());
        variables
    }

    fn docker_auth_config(&self) -> String {
        let auth = BASE64_STANDARD.encode(format!("{USER}:{TOKEN}"));
        let entry = |registry: &Registry| (registry.host(), json!({ "auth": auth }));
        let auths: serde_json::Map<_, _> = self.registries.values().map(entry).collect();
        json!({ "auths": auths }).to_string()
    }
}

/// An index with the rules that the real one has.
fn start_index(project: &Project, name: &str) -> Result<PackageIndex, ReleaseError> {
    let options = IndexOptions::default().token(ApiToken::for_account(TOKEN));
    let options = match index_endpoints(project, name)?.rules {
        UploadRules::Pypi => options,
        UploadRules::Basic => options.private(),
    };
    let started = OperationError::service("start the embedded services", None);
    Ok(PackageIndex::start(options).map_err(started)?)
}

/// What the package depends on is where it always is.
fn moved_index(index: &PackageIndex, original: Index, has_json: bool) -> Index {
    let mut extra_indexes = original.extra_indexes;
    extra_indexes.extend(original.simple);
    Index {
        upload: parse(index.upload_url()),
        simple: parse(index.simple_url()),
        json: parse(format!("{}/pypi/", index.url())).filter(|_| has_json),
        extra_indexes,
        web: None,
        allow_linux_wheels: original.allow_linux_wheels,
        optional: original.optional,
        deadline: Some(DEADLINE),
    }
}

/// Strangers may pull; pushing takes a token, as at the real ones.
fn start_registry() -> Result<Registry, rehearsal::RehearsalError> {
    let account = Account::new(USER, TOKEN).grant_all();
    let access = Access::by_token().account(account).anonymous_pull();
    Registry::start(RegistryOptions::default().access(access))
}

fn start_forge(project: &Project, bare: &Path) -> Result<Option<Forge>, rehearsal::RehearsalError> {
    let Some(github) = &project.configuration.github else { return Ok(None) };
    let (owner, name) = github.repository.split_once('/').unwrap_or(("owner", &github.repository));
    let token = ForgeToken::new(TOKEN, USER, Permission::Push);
    let options = ForgeOptions::new(owner, name).token(token).git_repository(bare);
    let green = |options: ForgeOptions, name: &String| options.workflow(Workflow::new(name));
    Forge::start(github.wait_for.iter().fold(options, green)).map(Some)
}

/// Addresses of servers that this process started.
fn parse(address: impl AsRef<str>) -> Option<Url> {
    address.as_ref().parse().ok()
}
