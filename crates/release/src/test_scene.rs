//! A project in a real repository with a bare remote, and embedded services for
//! everything that it publishes to: the context in which steps are tested.

use std::{
    collections::BTreeMap, ffi::OsString, fs::Permissions, os::unix::fs::PermissionsExt as _,
    path::Path, process::Command,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use journal::{Journal, StateFolder};
use local_docker::EndpointChoice;
use operation::Environment;
use rehearsal::{
    forge::{Forge, ForgeOptions, ForgeToken, Permission, Workflow},
    index::{ApiToken, IndexOptions, PackageIndex, sample::Sample},
    oci::{Access, Account, Registry, RegistryOptions},
};
use release_plan::{Observed, ObservedChangelog};
use report::{Reporter, StepState};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use step_plan::Effect;
use step_runner::{AnyStep, PlannedEffect, StepFailure, StepJournal, Undo};
use tempfile::TempDir;

use crate::{
    Project,
    clients::Clients,
    context::ReleaseContext,
    observe::{AccessCheck, observe},
    unfinished::{UnfinishedReleases, release_folder},
};

const TOKEN: &str = "pypi-test";
const USER: &str = "maintainer";

/// The version that is released.
pub(crate) const VERSION: &str = "0.2.0";

/// A project, its remote and the services that it publishes to.
pub(crate) struct TestScene {
    folder: TempDir,
    pub(crate) index: PackageIndex,
    pub(crate) registry: Registry,
    pub(crate) forge: Forge,
    pub(crate) project: Project,
    environment: Environment,
    clients: Clients,
}

impl TestScene {
    /// A project with a package, an image `server`, a forge and one check.
    pub(crate) async fn new() -> Self {
        Self::with_workflows(Vec::new()).await
    }

    /// The same with workflows of the forge.
    pub(crate) async fn with_workflows(workflows: Vec<Workflow>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        let index =
            PackageIndex::start(IndexOptions::default().token(ApiToken::for_account(TOKEN)))
                .unwrap();
        let access = Access::by_token().account(Account::new(USER, TOKEN).grant_all());
        let registry =
            Registry::start(RegistryOptions::default().access(access.anonymous_pull())).unwrap();
        let remote = folder.path().join("origin.git");
        write_project(&root, &remote);
        let options = ForgeOptions::new("demo", "tool")
            .token(ForgeToken::new(TOKEN, USER, Permission::Push))
            .git_repository(&remote);
        let options = workflows.into_iter().fold(options, ForgeOptions::workflow);
        let forge = Forge::start(options).unwrap();
        let configuration =
            configuration::parse(&configuration_text(&index, &registry, &forge)).unwrap();
        let project = Project::with(&root, configuration).await.unwrap();
        let environment = environment(folder.path(), &registry);
        let clients = Clients::new(&project, &environment).await.unwrap();
        Self { folder, index, registry, forge, project, environment, clients }
    }

    /// What the steps of a release of [`VERSION`] share; what earlier ones recorded
    /// is in its journal.
    pub(crate) async fn context(&self) -> ReleaseContext<'_> {
        let version = VERSION.parse().unwrap();
        let folder = release_folder(&self.project, &self.environment, &version).unwrap();
        let base = match git(&self.root(), &["rev-parse", "start"]).parse() {
            Ok(base) => base,
            Err(_) => panic!("the start has no commit"),
        };
        ReleaseContext {
            project: &self.project,
            environment: &self.environment,
            clients: &self.clients,
            version,
            tag: format!("v{VERSION}"),
            journal: StepJournal::new(Journal::open(&folder.journal()).unwrap()),
            folder,
            policy: release_plan::ReleasePolicy::default(),
            started_at: "2026-01-02T03:04:05Z".parse().unwrap(),
            base,
            hooks: tokio::sync::Mutex::default(),
            images_checkout: tokio::sync::OnceCell::new(),
        }
    }

    /// Commits changes of the project, `None` for a file that goes, and reads it again
    /// with other settings of its changelog.
    pub(crate) async fn change_project(
        &mut self,
        files: &[(&str, Option<&str>)],
        changelog: configuration::Changelog,
    ) {
        for (name, text) in files {
            let path = self.root().join(name);
            match text {
                Some(text) => {
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, text).unwrap();
                }
                None => std::fs::remove_file(path).unwrap(),
            }
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=Change"]);
        self.git(&["branch", "--force", "start"]);
        let configuration =
            configuration::Configuration { changelog, ..self.project.configuration.clone() };
        self.project = Project::with(&self.root(), configuration).await.unwrap();
    }

    /// Installs a program beside the Python that is used.
    pub(crate) fn install_tool(&mut self, name: &str, script: &str) {
        let folder = self.folder.path().join("tools");
        std::fs::create_dir_all(&folder).unwrap();
        let program = folder.join(name);
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        self.environment.python = folder.join("python3");
    }

    /// What is observed of the changelog before a release of [`VERSION`].
    pub(crate) async fn observed_changelog(&self) -> ObservedChangelog {
        self.observed().await.changelog
    }

    /// What is observed before a release of [`VERSION`].
    pub(crate) async fn observed(&self) -> Observed {
        let unfinished = UnfinishedReleases { continued: None, blocking: None };
        let request = VERSION.parse().unwrap();
        let (project, environment, clients) = (&self.project, &self.environment, &self.clients);
        observe(project, environment, clients, request, &unfinished, AccessCheck::Skip)
            .await
            .unwrap()
    }

    /// The user's work tree.
    pub(crate) fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("project")
    }

    /// The bare remote.
    pub(crate) fn remote(&self) -> std::path::PathBuf {
        self.folder.path().join("origin.git")
    }

    /// Git in the user's work tree.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.root(), arguments)
    }

    /// Puts built distributions into the release's folder.
    pub(crate) fn build_samples(&self, context: &ReleaseContext<'_>, greeting: &str) {
        let folder = context.folder.distributions();
        std::fs::create_dir_all(&folder).unwrap();
        let sample = Sample::new("demo-tool", VERSION).greeting(greeting);
        for file in [sample.wheel(), sample.sdist()] {
            file.write_to(&folder).unwrap();
        }
    }

    /// Writes an image layout whose only layer has this content.
    pub(crate) fn build_layout(&self, context: &ReleaseContext<'_>, content: &str) -> String {
        write_layout(&context.folder.image("server"), content)
    }
}

/// Carries a step out and gives how it ended.
pub(crate) async fn carry_out<'a>(
    step: impl AnyStep<ReleaseContext<'a>>,
    context: &ReleaseContext<'a>,
) -> Result<(StepState, String), StepFailure> {
    let action = Value::Null;
    let planned = PlannedEffect { effect: Effect::Local, action: &action };
    let progress = Reporter::silent().step("step", "step");
    let outcome = step.carry_out(context, &context.journal, planned, &progress).await?;
    Ok((outcome.state, outcome.detail))
}

/// Reverts a step that was carried out.
pub(crate) async fn revert<'a>(
    step: impl AnyStep<ReleaseContext<'a>>,
    context: &ReleaseContext<'a>,
) -> Undo {
    step.revert(context, &context.journal.records()).await.unwrap()
}

fn environment(folder: &Path, registry: &Registry) -> Environment {
    let auth = BASE64_STANDARD.encode(format!("{USER}:{TOKEN}"));
    let auths = json!({ "auths": { registry.host(): { "auth": auth } } });
    let variables = [
        ("TIDEGATE_INDEX_PYPI_TOKEN", TOKEN.to_owned()),
        ("GITHUB_TOKEN", TOKEN.to_owned()),
        ("DOCKER_AUTH_CONFIG", auths.to_string()),
    ];
    let variables: BTreeMap<String, OsString> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Environment {
        variables,
        home: None,
        state: Some(StateFolder::new(folder.join("state"))),
        engine: EndpointChoice::default(),
        python: "python3".into(),
        reporter: Reporter::silent(),
        confirm: None,
        kill_after: None,
    }
}

fn configuration_text(index: &PackageIndex, registry: &Registry, forge: &Forge) -> String {
    let (index_url, forge_url) = (index.url(), forge.url());
    format!(
        r#"
[package]
indexes = ["pypi"]
[index.pypi]
upload = "{}"
simple = "{}"
json = "{}/pypi/"
[checks]
before-release = [["sh", "-c", "test -f pyproject.toml && echo checked >> checked.txt"]]
[[image]]
repository = "demo/server"
tags = ["{{version}}"]
floating = ["latest", "{{major}}.{{minor}}"]
[registry."docker.io"]
url = "{}"
[github]
repository = "demo/tool"
url = "{forge_url}"
uploads = "{forge_url}/uploads"
"#,
        index.upload_url(),
        index.simple_url(),
        index_url.trim_end_matches('/'),
        registry.url(),
    )
}

fn write_project(root: &Path, remote: &Path) {
    std::fs::create_dir_all(root).unwrap();
    let files = [
        ("pyproject.toml", "[project]\nname = \"demo-tool\"\nversion = \"0.1.0\"\n"),
        ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- A change.\n"),
        ("Dockerfile", "FROM scratch\n"),
    ];
    for (name, text) in files {
        std::fs::write(root.join(name), text).unwrap();
    }
    git(root, &["init", "--quiet", "--initial-branch=main"]);
    git(root, &["config", "user.name", "Maintainer"]);
    git(root, &["config", "user.email", "maintainer@example.org"]);
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "--message=Start"]);
    git(root, &["branch", "start"]);
    let remote = remote.to_str().unwrap();
    git(root, &["init", "--quiet", "--bare", remote]);
    git(root, &["remote", "add", "origin", remote]);
    git(root, &["push", "--quiet", "origin", "main"]);
}

/// Runs git, which must succeed, and gives what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Writes the layout of an image of one layer; gives its digest.
fn write_layout(folder: &Path, content: &str) -> String {
    let blobs = folder.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let blob = |bytes: &[u8]| {
        let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(blobs.join(&hex), bytes).unwrap();
        (format!("sha256:{hex}"), bytes.len())
    };
    let (layer, layer_size) = blob(content.as_bytes());
    let config = json!({
        "architecture": "amd64", "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": [layer] },
    });
    let (config, config_size) = blob(config.to_string().as_bytes());
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config, "size": config_size,
        },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": layer, "size": layer_size,
        }],
    });
    let (manifest, manifest_size) = blob(manifest.to_string().as_bytes());
    let index = json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": manifest, "size": manifest_size,
        }],
    });
    std::fs::write(folder.join("index.json"), index.to_string()).unwrap();
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    manifest
}
