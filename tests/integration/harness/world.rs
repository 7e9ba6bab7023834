use rehearsal::{
    forge::{BranchProtection, ForgeOptions, ForgeToken, Permission, Workflow},
    index::{ApiToken, IndexOptions},
    oci::{Access, Account, RegistryOptions},
};

use test_harness::ProjectFile;

use super::{
    Scene, project,
    services::{Secrets, Services},
    settings::Settings,
};

/// What a test wants there to be; [`World::begin`] makes it.
#[derive(Debug)]
#[must_use]
pub(crate) struct World {
    pub(super) files: Vec<ProjectFile>,
    pub(super) settings: Settings,
    pub(super) indexes: Vec<(String, IndexOptions)>,
    pub(super) registry: Option<RegistryOptions>,
    pub(super) forge: bool,
    pub(super) workflows: Vec<Workflow>,
    pub(super) protections: Vec<BranchProtection>,
    pub(super) is_forge_private: bool,
    pub(super) forge_right: Permission,
}

impl World {
    /// A repository with a changelog, and nothing to release yet.
    pub(crate) fn new() -> Self {
        Self {
            files: project::common(),
            settings: Settings::default(),
            indexes: Vec::new(),
            registry: None,
            forge: false,
            workflows: Vec::new(),
            protections: Vec::new(),
            is_forge_private: false,
            forge_right: Permission::Push,
        }
    }

    /// The committed files of one of this repository's examples.
    pub(crate) fn example(name: &str) -> Self {
        Self { files: project::example(name), ..Self::new() }
    }

    /// A project of the shape for which one of the example configurations is. Nothing is
    /// pulled, so images that are based on Python are based on `python` instead.
    pub(crate) fn configured_example(name: &str, python: &str) -> Self {
        let mut files = project::configured_example(name);
        for file in files.iter_mut().filter(|file| file.path.contains("Dockerfile")) {
            let text = String::from_utf8(file.content.clone()).unwrap();
            file.content = text.replace("python:3.12-slim", python).into_bytes();
        }
        Self { files, ..Self::new() }
    }

    /// The Python package `demo-tool` 0.1.0 without an index to go to.
    pub(crate) fn bare_package(mut self) -> Self {
        self.files.extend(project::package());
        self.settings.package = true;
        self
    }

    /// The Python package, which goes to `pypi`.
    pub(crate) fn package(self) -> Self {
        self.bare_package().index("pypi")
    }

    /// An embedded index of this name.
    pub(crate) fn index(self, name: &str) -> Self {
        self.index_with(name, IndexOptions::default().token(ApiToken::for_account(Secrets::INDEX)))
    }

    pub(crate) fn index_with(mut self, name: &str, options: IndexOptions) -> Self {
        self.settings.indexes.push(name.to_owned());
        self.indexes.push((name.to_owned(), options));
        self
    }

    /// The image `demo/server`, and an embedded registry that asks for tokens as
    /// Docker Hub does.
    pub(crate) fn image(self) -> Self {
        let account = Account::new(Secrets::ACCOUNT, Secrets::REGISTRY).grant_all();
        let access = Access::by_token().account(account).anonymous_pull();
        self.image_at(RegistryOptions::default().access(access))
    }

    pub(crate) fn image_at(mut self, registry: RegistryOptions) -> Self {
        self.registry = Some(registry);
        self.bare_image()
    }

    /// The image without a registry to go to.
    pub(crate) fn bare_image(mut self) -> Self {
        self.files.extend(project::image());
        self.settings.image = true;
        self
    }

    /// An embedded forge that reads tags and commits from the project's remote.
    pub(crate) fn forge(mut self) -> Self {
        self.forge = true;
        self
    }

    pub(crate) fn workflow(mut self, workflow: Workflow) -> Self {
        self.workflows.push(workflow);
        self
    }

    /// The forge shows this protection.
    pub(crate) fn protect(mut self, protection: BranchProtection) -> Self {
        self.protections.push(protection);
        self
    }

    /// Only accounts with rights see the repository at the forge.
    pub(crate) fn private_forge(mut self) -> Self {
        self.is_forge_private = true;
        self
    }

    pub(crate) fn forge_right(mut self, right: Permission) -> Self {
        self.forge_right = right;
        self
    }

    /// Adds or replaces a file of the project.
    pub(crate) fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        let executable = self.files.iter().any(|file| file.path == path && file.executable);
        self.files.retain(|file| file.path != path);
        self.files.push(ProjectFile { executable, ..ProjectFile::new(path, content) });
        self
    }

    pub(crate) fn without_file(mut self, path: &str) -> Self {
        self.files.retain(|file| file.path != path);
        self
    }

    /// Adds lines to a table of the configuration: `package`, `image`, `github`,
    /// `index.NAME`; or whole tables, with an empty name.
    pub(crate) fn setting(mut self, table: &str, lines: &str) -> Self {
        self.settings.add(table, lines);
        self
    }

    /// Makes repository, remote and servers.
    pub(crate) fn begin(self) -> Scene {
        Scene::set(self)
    }

    pub(super) fn start_services(&mut self, remote: &std::path::Path) -> Services {
        let options = ForgeOptions::new("demo", "tool").git_repository(remote);
        let token = ForgeToken::new(Secrets::FORGE, "maintainer", self.forge_right);
        let options = self.workflows.drain(..).fold(options.token(token), ForgeOptions::workflow);
        let options = self.protections.drain(..).fold(options, ForgeOptions::protect);
        let options = if self.is_forge_private { options.private() } else { options };
        let forge = self.forge.then_some(options);
        Services::start(std::mem::take(&mut self.indexes), self.registry.take(), forge)
    }
}
