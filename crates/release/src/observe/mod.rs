//! Observes everything that a release depends on, all at the same time.

mod access_check;
mod builds;
mod changelog;
mod commands;
mod disks;
mod forge;
mod git;
mod images;
mod indexes;
mod path_states;
mod paths;
mod programs;
mod tools;
mod untouched;

use operation::{Environment, error_chain};
use release_plan::{
    Access, BranchState, Observed, ObservedChangelog, ObservedForge, ObservedIndex, ObservedLock,
    ObservedPackage, ObservedSetup, ObservedUnreadableLock, resolve_version,
};
use release_version::{ReleaseVersion, VersionRequest};

pub(crate) use self::access_check::AccessCheck;
pub(crate) use self::git::release_tags;
use self::{disks::EngineDisk, git::Network};
use crate::{
    Project, ReleaseError,
    attestations::observed_attestations,
    clients::{Clients, index_endpoints},
    unfinished::UnfinishedReleases,
};

/// Observes git, indexes, registries, forge, changelog, files and tools.
pub(crate) async fn observe(
    project: &Project,
    environment: &Environment,
    clients: &Clients,
    request: VersionRequest,
    unfinished: &UnfinishedReleases,
    access: AccessCheck,
) -> Result<Observed, ReleaseError> {
    let (local, indexes, images, forge, engine) = tokio::join!(
        observe_local(project, environment, request, unfinished, Network::Used),
        indexes::observe_indexes(project, clients, access),
        images::observe_images(project, clients, access),
        forge::observe_forge(clients, access),
        tools::observe_engine(project, clients),
    );
    let (mut observed, engine) = (Observed { indexes, images, forge, ..local? }, engine?);
    observed.missing_tools.splice(..0, engine.missing);
    observed.setup.builder = engine.builder;
    observed.setup.disks = disks::observe_disks(project, environment, engine.disk);
    if let (Some(forge), Some(branch)) = (&mut observed.forge, &observed.git.branch) {
        forge.branch = forge::observe_branch(clients, forge, branch).await;
    }
    // Without a version there is nothing more to observe; preflight says so.
    if let Ok(version) = resolve_version(&observed) {
        observe_changes(project, environment, version, &mut observed).await?;
        images::observe_floating_tags(project, clients, &version, &mut observed.images).await;
    }
    Ok(observed)
}

/// Observes what the project's files and this machine show, without any service.
pub(crate) async fn observe_offline(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
    unfinished: &UnfinishedReleases,
) -> Result<Observed, ReleaseError> {
    let local = observe_local(project, environment, request, unfinished, Network::Unused);
    let mut observed = local.await?;
    observed.setup.disks = disks::observe_disks(project, environment, EngineDisk::default());
    if let Ok(version) = resolve_version(&observed) {
        observe_changes(project, environment, version, &mut observed).await?;
    }
    Ok(observed)
}

/// What the release commit would change.
async fn observe_changes(
    project: &Project,
    environment: &Environment,
    version: ReleaseVersion,
    observed: &mut Observed,
) -> Result<(), ReleaseError> {
    observed.changelog =
        changelog::observe_changelog(project, environment, observed, version).await?;
    let untouched = untouched::untouched_files(project, observed, version).await?;
    if let Some(package) = &mut observed.package {
        package.untouched = untouched;
    }
    Ok(())
}

/// The part in which no service but the git remote has a share.
async fn observe_local(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
    unfinished: &UnfinishedReleases,
    network: Network,
) -> Result<Observed, ReleaseError> {
    let (git, programs, paths, missing_tools) = tokio::join!(
        git::observe_git(project, unfinished.continued.as_ref(), network),
        programs::observe_programs(project),
        paths::observe_paths(project),
        tools::missing_programs(project, environment),
    );
    let forge = ObservedForge { access: Access::Unchecked, branch: BranchState::Unchecked };
    Ok(Observed {
        project: project.name.clone(),
        request,
        package: observed_package(project, environment),
        git: git?,
        indexes: project.indexes().iter().map(|name| unqueried_index(project, name)).collect(),
        images: images::unqueried_images(project),
        forge: project.configuration.github.as_ref().map(|_| forge),
        changelog: ObservedChangelog::NONE,
        missing_tools,
        setup: ObservedSetup { programs: programs?, paths: paths?, ..ObservedSetup::default() },
        recorded: unfinished.continued.as_ref().map(|release| release.recorded()),
        blocking: unfinished.blocking,
    })
}

fn unqueried_index(project: &Project, name: &str) -> ObservedIndex {
    ObservedIndex {
        name: name.to_owned(),
        has_addresses: index_endpoints(project, name).is_ok(),
        access: Access::Unchecked,
        versions: Vec::new(),
        unreadable: Vec::new(),
        other_host: None,
        optional: project.index(name).optional,
    }
}

fn observed_package(project: &Project, environment: &Environment) -> Option<ObservedPackage> {
    let package = project.package.as_ref()?;
    let folder = project.root.join(&package.settings.directory);
    let (version, unreadable_version) = match &package.version_place {
        None => (None, None),
        Some(place) => match place.read(&folder) {
            Ok(version) => (Some(version), None),
            Err(error) => {
                let path = package.path_of(place);
                (None, Some(format!("{}: {}", path.display(), error_chain(&error))))
            }
        },
    };
    let others = package.module_versions.iter();
    let locks = package.locks.iter().map(|lock| ObservedLock {
        path: lock.path.clone(),
        tool: lock.command[0].to_owned(),
        is_available: process::find_program(lock.command[0]).is_some(),
    });
    let unreadable = package.unreadable_locks.iter().map(|lock| ObservedUnreadableLock {
        path: lock.path.clone(),
        line: lock.line,
        reason: lock.reason.clone(),
    });
    Some(ObservedPackage {
        name: package.pyproject.normalized_name(),
        version,
        unreadable: package.version_problem.clone().or(unreadable_version),
        version_file: package.version_place.as_ref().map(|place| package.path_of(place)),
        module_versions: others
            .filter_map(|place| Some((package.path_of(place), place.read(&folder).ok()?)))
            .collect(),
        locks: locks.collect(),
        untouched: Vec::new(),
        unreadable_locks: unreadable.collect(),
        attestations: observed_attestations(package, environment),
        wheels_left_out: project.wheels_left_out.clone(),
    })
}
