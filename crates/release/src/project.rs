use std::path::{Path, PathBuf};

use configuration::{Configuration, Loaded, Package, image_names};
use git::Repository;
use image_ref::Repository as ImageRepository;
use journal::ProjectState;
use python_project::PyProject;
use release_version::{ReleaseVersion, TemplateValues};

use operation::{Environment, OperationError, error_chain};

use crate::ReleaseError;

/// A project on disk: where it is, what it says of itself, and its repository.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's folder.
    pub root: PathBuf,
    /// Name for reports and journals.
    pub name: String,
    /// Its configuration.
    pub configuration: Configuration,
    /// The Python package, if it releases one.
    pub package: Option<ProjectPackage>,
    /// The repository that the folder is in.
    pub repository: Repository,
    /// Path from the repository's top to the project.
    pub prefix: PathBuf,
    /// What two checkouts of the same project have in common: the remote's
    /// address without credentials, or the folder when there is no remote.
    pub origin: String,
}

/// The Python package of a project.
#[derive(Debug, Clone)]
pub struct ProjectPackage {
    /// What the configuration says.
    pub settings: Package,
    /// What `pyproject.toml` says.
    pub pyproject: PyProject,
}

impl Project {
    /// Reads the project in or above `start`.
    ///
    /// # Errors
    /// [`ReleaseError::Git`]; [`OperationError::Configuration`], and
    /// [`OperationError::Usage`] when `pyproject.toml` cannot be used.
    pub async fn open(start: &Path, explicit: Option<&Path>) -> Result<Self, ReleaseError> {
        let root = configuration::find_root(start)?;
        let Loaded { configuration, .. } = configuration::load(&root, explicit)?;
        Self::with(&root, configuration).await
    }

    /// The project in this folder with a configuration that was read already.
    pub async fn with(root: &Path, configuration: Configuration) -> Result<Self, ReleaseError> {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let package = read_package(&root, &configuration)?;
        let repository = Repository::discover(&root).await?;
        let prefix = root.strip_prefix(repository.root()).map(Path::to_owned).map_err(|_| {
            let problem =
                format!("{} is not inside {}", root.display(), repository.root().display());
            OperationError::precondition(
                problem,
                "pass --project with its path inside the repository",
            )
        })?;
        let name = name_of(&root, &configuration, package.as_ref());
        let origin = origin_of(&repository, &configuration, &root).await;
        Ok(Self { root, name, configuration, package, repository, prefix, origin })
    }

    /// The state of this project, whichever checkout is used.
    pub(crate) fn state(&self, environment: &Environment) -> Result<ProjectState, OperationError> {
        let identity = Path::new(&self.origin).join(&self.prefix);
        Ok(environment.state()?.project(&self.name, &identity.to_string_lossy()))
    }

    /// The name of a version's git tag.
    pub(crate) fn tag_name(&self, version: &ReleaseVersion) -> String {
        self.configuration.git.tag.render(TemplateValues { version, commit: "" })
    }

    /// What the configuration says of the registry of a repository.
    pub(crate) fn registry(&self, repository: &ImageRepository) -> configuration::Registry {
        let settings = self.configuration.registries.get(repository.registry().as_str());
        settings.cloned().unwrap_or_default()
    }

    /// Names of the images, in the order of the configuration.
    #[must_use]
    pub fn image_names(&self) -> Vec<String> {
        image_names(&self.configuration.images)
    }

    /// The image of this name.
    pub(crate) fn image(&self, name: &str) -> Option<&configuration::Image> {
        let position = self.image_names().iter().position(|candidate| candidate == name)?;
        self.configuration.images.get(position)
    }

    /// The indexes that the package goes to, in order.
    #[must_use]
    pub fn indexes(&self) -> &[String] {
        self.package.as_ref().map_or(&[], |package| &package.settings.indexes)
    }

    /// The configuration of an index; the defaults when there is none.
    #[must_use]
    pub fn index(&self, name: &str) -> configuration::Index {
        self.configuration.indexes.get(name).cloned().unwrap_or_default()
    }
}

/// The remote's address, or the project's folder when there is no remote. A remote
/// that is a relative path is made absolute: two projects may have the same one.
async fn origin_of(repository: &Repository, configuration: &Configuration, root: &Path) -> String {
    let Ok(url) = repository.remote(&configuration.git.remote).url().await else {
        return root.display().to_string();
    };
    let address = url.to_string();
    if !is_local_path(&address) {
        return address;
    }
    let path = repository.root().join(&address);
    path.canonicalize().unwrap_or(path).display().to_string()
}

/// As git decides (connect.c, `url_is_local_not_ssh`): no scheme, and no colon
/// before the first slash.
fn is_local_path(address: &str) -> bool {
    let before_slash = address.split('/').next().unwrap_or_default();
    !address.contains("://") && !before_slash.contains(':')
}

fn read_package(
    root: &Path,
    configuration: &Configuration,
) -> Result<Option<ProjectPackage>, ReleaseError> {
    let settings = configuration.package.clone().unwrap_or_default();
    // Without the `.` of the default, which complaints would show.
    let folder: PathBuf = root.join(&settings.directory).components().collect();
    let text = std::fs::read_to_string(folder.join("pyproject.toml")).unwrap_or_default();
    let described = has_project_table(&text);
    if configuration.package.is_none() && !described {
        return Ok(None);
    }
    let pyproject = PyProject::read(&folder).map_err(|source| {
        let problem =
            format!("the Python package in {}: {}", folder.display(), error_chain(&source));
        OperationError::usage(problem, "fix pyproject.toml, or set package.directory")
    })?;
    Ok(Some(ProjectPackage { settings, pyproject }))
}

/// A `pyproject.toml` that only configures tools describes no package.
fn has_project_table(text: &str) -> bool {
    let table = |line: &str| matches!(line.trim(), "[project]" | "[tool.poetry]");
    text.lines().any(table)
}

fn name_of(root: &Path, configuration: &Configuration, package: Option<&ProjectPackage>) -> String {
    let folder = || root.file_name().map(|name| name.to_string_lossy().into_owned());
    configuration
        .project
        .name
        .clone()
        .or_else(|| package.map(|package| package.pyproject.normalized_name()))
        .or_else(folder)
        .unwrap_or_else(|| "project".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_are_local_addresses() {
        for path in ["../origin.git", "/srv/git/a.git", "origin", "./a:b"] {
            assert!(is_local_path(path), "{path}");
        }
        for url in ["https://forge.example/a", "file:///srv/a", "git@forge.example:a/b", "h:p"] {
            assert!(!is_local_path(url), "{url}");
        }
    }
}
