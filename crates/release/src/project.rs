use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use configuration::{Configuration, Loaded, Package, image_names};
use git::Repository;
use image_ref::Repository as ImageRepository;
use journal::ProjectState;
use python_project::{LockFile, LockFiles, PyProject, PythonError, UnreadableLock, VersionPlace};
use registry_pypi::Listing;
use release_plan::ReleaseTags;
use release_version::ReleaseVersion;

use operation::{Environment, OperationError, error_chain};

use crate::{ReleaseError, project_changelog::ProjectChangelog, relative_path::without_current};

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
    /// Where its changelog is.
    pub changelog: ProjectChangelog,
    /// What another index of the same name lists of the package, or why that is unknown: in
    /// a rehearsal, the real index.
    pub other_listings: BTreeMap<String, Result<Listing, String>>,
    /// Why the wheels of `wheel-artifacts` are left out, if they are: in a rehearsal, no
    /// workflow builds them.
    pub wheels_left_out: Option<String>,
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
    /// Where the version is stated; `None` when it comes from git or from a source
    /// that is not recognised.
    pub version_place: Option<VersionPlace>,
    /// Why the place of the version cannot be found, although `pyproject.toml` names one,
    /// and the configuration names none.
    pub version_problem: Option<String>,
    /// Further places in the package's modules that state it.
    pub module_versions: Vec<VersionPlace>,
    /// Lock files that hold the package's own version, with paths from the top of the
    /// repository; none when the configuration has a command for them.
    pub locks: Vec<LockFile>,
    /// Lock files that cannot be read, with paths from the top of the repository.
    pub unreadable_locks: Vec<UnreadableLock>,
}

impl ProjectPackage {
    /// The file of a place of the version, relative to the project.
    pub(crate) fn path_of(&self, place: &VersionPlace) -> PathBuf {
        without_current(&self.settings.directory.join(&place.path))
    }

    /// The lock files that hold another version than this one.
    pub(crate) fn stale_locks(&self, version: ReleaseVersion) -> impl Iterator<Item = &LockFile> {
        let is_current = move |text: &String| ReleaseVersion::from_pep440(text) == Some(version);
        self.locks.iter().filter(move |lock| !lock.versions.iter().all(is_current))
    }
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
        let repository = Repository::discover(&root).await?;
        let package = read_package(&root, repository.root(), &configuration)?;
        let prefix = root.strip_prefix(repository.root()).map(Path::to_owned).map_err(|_| {
            let problem =
                format!("{} is not inside {}", root.display(), repository.root().display());
            OperationError::precondition(
                problem,
                "pass --project with its path inside the repository",
            )
        })?;
        let package = match package {
            Some(package) => Some(tracked_only(package, &repository, &prefix).await?),
            None => None,
        };
        let directory =
            package.as_ref().map(|package| without_current(&package.settings.directory));
        let directory = directory.filter(|directory| !directory.as_os_str().is_empty());
        let changelog =
            ProjectChangelog::find(&root, &repository, &configuration, directory.as_deref())
                .await?;
        let name = name_of(&root, &configuration, package.as_ref());
        let origin = origin_of(&repository, &configuration, &root).await;
        Ok(Self {
            root,
            name,
            configuration,
            package,
            changelog,
            other_listings: BTreeMap::new(),
            wheels_left_out: None,
            repository,
            prefix,
            origin,
        })
    }

    /// The state of this project, whichever checkout is used.
    pub(crate) fn state(&self, environment: &Environment) -> Result<ProjectState, OperationError> {
        let identity = Path::new(&self.origin).join(&self.prefix);
        Ok(environment.state()?.project(&self.name, &identity.to_string_lossy()))
    }

    /// The release tags among the tags of this repository and its remote.
    pub(crate) fn release_tags(&self, names: impl Iterator<Item = String>) -> ReleaseTags {
        let package = self.package.as_ref().map(|package| package.pyproject.normalized_name());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.dedup();
        let configured = self.configuration.git.tag.as_ref();
        ReleaseTags::read(configured, package.as_deref(), &names)
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
    top: &Path,
    configuration: &Configuration,
) -> Result<Option<ProjectPackage>, ReleaseError> {
    let settings = configuration.package.clone().unwrap_or_default();
    // Without the `.` of the default, which complaints would show.
    let folder: PathBuf = root.join(&settings.directory).components().collect();
    let unreadable = |source: PythonError| {
        let folder = folder.display();
        let problem = format!("the Python package in {folder}: {}", error_chain(&source));
        OperationError::usage(problem, "fix pyproject.toml, or set package.directory")
    };
    let pyproject = match configuration.package {
        Some(_) => Some(PyProject::read(&folder).map_err(unreadable)?),
        None => PyProject::find(&folder).map_err(unreadable)?,
    };
    let Some(pyproject) = pyproject else { return Ok(None) };
    // Preflight reports it, together with everything else.
    let (version_place, version_problem) = match VersionPlace::find(&folder, &pyproject) {
        Ok(place) => (place, None),
        Err(_) if !settings.version_files.is_empty() => (None, None),
        Err(error) => {
            let advice = "correct that, or name the file in package.version-files";
            (None, Some(format!("{}; {advice}", error_chain(&error))))
        }
    };
    let module_versions = module_versions(&folder, &pyproject, &settings, version_place.as_ref());
    let locks = match settings.lock {
        Some(_) => LockFiles::default(),
        None => LockFiles::find(&folder, top, &pyproject),
    };
    let from_top = |path: &Path| path.strip_prefix(top).unwrap_or(path).to_owned();
    let own = locks.own.into_iter();
    let own = own.map(|lock| LockFile { path: from_top(&lock.path), ..lock });
    let unreadable = locks.unreadable.into_iter();
    let unreadable = unreadable.map(|lock| UnreadableLock { path: from_top(&lock.path), ..lock });
    Ok(Some(ProjectPackage {
        settings,
        pyproject,
        version_place,
        version_problem,
        module_versions,
        locks: own.collect(),
        unreadable_locks: unreadable.collect(),
    }))
}

/// Those that the release does not write anyway. A version that comes from git is not
/// in files.
fn module_versions(
    folder: &Path,
    pyproject: &PyProject,
    settings: &Package,
    version_place: Option<&VersionPlace>,
) -> Vec<VersionPlace> {
    let Some(version_place) = version_place else { return Vec::new() };
    let is_configured = |place: &VersionPlace| {
        let path = without_current(&settings.directory.join(&place.path));
        settings.version_files.iter().any(|file| without_current(file.path()) == path)
    };
    let places = VersionPlace::in_modules(folder, pyproject).into_iter();
    places.filter(|place| place.path != version_place.path && !is_configured(place)).collect()
}

/// Without the files that git does not track: they are not part of the release.
async fn tracked_only(
    mut package: ProjectPackage,
    repository: &Repository,
    prefix: &Path,
) -> Result<ProjectPackage, ReleaseError> {
    let Ok(head) = repository.head().await else { return Ok(package) };
    let modules = package.module_versions.iter();
    let modules: Vec<PathBuf> =
        modules.map(|place| without_current(&prefix.join(package.path_of(place)))).collect();
    let locks = package.locks.iter().map(|lock| &lock.path);
    let locks = locks.chain(package.unreadable_locks.iter().map(|lock| &lock.path));
    let candidates = locks.chain(&modules);
    let candidates: Vec<&str> = candidates.filter_map(|path| path.to_str()).collect();
    let tracked = repository.files_in(&head, &candidates).await?;
    let is_tracked = |path: &Path| tracked.iter().any(|file| Path::new(file) == path);
    package.locks.retain(|lock| is_tracked(&lock.path));
    package.unreadable_locks.retain(|lock| is_tracked(&lock.path));
    let mut modules = modules.iter();
    package.module_versions.retain(|_| modules.next().is_some_and(|path| is_tracked(path)));
    Ok(package)
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
    fn a_version_that_is_not_found_does_not_stop_the_project_from_being_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[project]\nname = 'a'\ndynamic = ['version']\n\
                    [tool.setuptools.dynamic]\nversion = {attr = 'a.v'}\n";
        std::fs::write(folder.path().join("pyproject.toml"), text).unwrap();
        let read = |configuration: &str| {
            let configuration = configuration::parse(configuration).unwrap();
            read_package(folder.path(), folder.path(), &configuration).unwrap().unwrap()
        };
        assert_eq!(
            read("").version_problem.as_deref(),
            Some(
                "pyproject.toml takes the version from attribute `a.v`, which does not exist; \
                 correct that, or name the file in package.version-files"
            )
        );
        assert_eq!(read("[package]\nversion-files = ['x/a.py']\n").version_problem, None);
    }

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
