//! Observes everything that a release depends on, all at the same time.

mod access_check;
mod forge;
mod git;
mod images;
mod indexes;

use python_project::changelog::Changelog;
use release_plan::{ChangelogState, Observed, ObservedLock, ObservedPackage, resolve_version};
use release_version::{ReleaseVersion, VersionRequest};

use operation::{Environment, OperationError, error_chain};

pub(crate) use self::access_check::AccessCheck;
pub(crate) use self::git::release_tags;
use crate::{Project, ReleaseError, clients::Clients, unfinished::UnfinishedReleases};

/// Observes git, indexes, registries, forge, changelog and tools.
pub(crate) async fn observe(
    project: &Project,
    environment: &Environment,
    clients: &Clients,
    request: VersionRequest,
    unfinished: &UnfinishedReleases,
    access: AccessCheck,
) -> Result<Observed, ReleaseError> {
    let (git, indexes, images, forge, missing_tools) = tokio::join!(
        git::observe_git(project, unfinished.continued.as_ref()),
        indexes::observe_indexes(project, clients, access),
        images::observe_images(project, clients, access),
        forge::observe_forge(clients, access),
        missing_tools(project, environment, clients),
    );
    let mut observed = Observed {
        project: project.name.clone(),
        request,
        package: observed_package(project),
        git: git?,
        indexes,
        images,
        forge,
        changelog: ChangelogState::NoFile,
        missing_tools,
        recorded: unfinished.continued.as_ref().map(|release| release.recorded()),
        blocking: unfinished.blocking,
    };
    // Without a version there is nothing more to observe; preflight says so.
    if let Ok(version) = resolve_version(&observed) {
        observed.changelog = changelog_state(project, &version)?;
        images::observe_floating_tags(project, clients, &version, &mut observed.images).await;
    }
    Ok(observed)
}

fn observed_package(project: &Project) -> Option<ObservedPackage> {
    let package = project.package.as_ref()?;
    let folder = project.root.join(&package.settings.directory);
    let stated = package.version_place.as_ref().map(|place| place.read(&folder)).transpose();
    let (version, unreadable) = match stated {
        Ok(version) => (version, None),
        Err(error) => (None, Some(error_chain(&error))),
    };
    let others = package.module_versions.iter();
    let locks = package.locks.iter().map(|lock| ObservedLock {
        path: lock.path.clone(),
        tool: lock.command[0].to_owned(),
        is_available: process::find_program(lock.command[0]).is_some(),
    });
    Some(ObservedPackage {
        name: package.pyproject.normalized_name(),
        version,
        unreadable,
        version_file: package.version_place.as_ref().map(|place| package.path_of(place)),
        module_versions: others
            .filter_map(|place| Some((package.path_of(place), place.read(&folder).ok()?)))
            .collect(),
        locks: locks.collect(),
    })
}

/// Programs and services that are needed and missing, each with advice.
async fn missing_tools(
    project: &Project,
    environment: &Environment,
    clients: &Clients,
) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    if !project.configuration.images.is_empty()
        && let Err(error) = clients.engine().await
    {
        let advice = error.advice().unwrap_or("start it").to_owned();
        missing.push((format!("Docker Engine ({})", error_chain(&error)), advice));
    }
    let python = environment.python.to_string_lossy();
    let is_file = python.contains('/') && environment.python.is_file();
    if project.package.is_some() && !is_file && process::find_program(&python).is_none() {
        let advice = "install CPython 3 with venv, or use --python".to_owned();
        missing.push((format!("Python (`{python}`)"), advice));
    }
    if let Err(error) = project.repository.identity().await {
        missing.push(("a name for commits".to_owned(), error_chain(&error)));
    }
    missing
}

fn changelog_state(
    project: &Project,
    version: &ReleaseVersion,
) -> Result<ChangelogState, OperationError> {
    let path = project.root.join(&project.configuration.changelog.file);
    if !path.exists() {
        return Ok(ChangelogState::NoFile);
    }
    let text = std::fs::read_to_string(&path)
        .map_err(OperationError::service(&format!("read {}", path.display()), None))?;
    let changelog = Changelog::from_text(&text);
    if changelog.version(&version.to_string()).is_some() {
        return Ok(ChangelogState::VersionSection);
    }
    Ok(match changelog.unreleased() {
        Some(section) if !changelog.is_empty(section) => ChangelogState::UnreleasedSection,
        _ => ChangelogState::NothingWritten,
    })
}
