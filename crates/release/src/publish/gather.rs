//! Looks at everything that a release depends on, all at the same time.

use futures_util::future::join_all;
use git::{GitError, RemoteRefs};
use image_ref::{ImageTag, Repository};
use python_project::{ProjectVersion, changelog::Changelog};
use registry_dockerhub::{AccessCheck, RegistryError, Right};
use registry_pypi::Acceptance;
use release_plan::{
    Access, ChangelogState, Observed, ObservedGit, ObservedImage, ObservedIndex, ObservedPackage,
    Progress, RemoteState, resolve_version,
};
use release_version::{ReleaseVersion, TemplateValues, VersionRequest};

use super::resume::{Begun, Unfinished};
use operation::{Environment, error_chain};

use crate::{
    Project, ReleaseError,
    clients::{Services, credential_places},
};

/// Whether services are asked if we may publish. A dry run needs no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    Asked,
    NotAsked,
}

pub(crate) async fn gather(
    project: &Project,
    environment: &Environment,
    services: &Services,
    request: VersionRequest,
    unfinished: &Unfinished,
    rights: Rights,
) -> Result<Observed, ReleaseError> {
    let (git, indexes, images, forge, missing_tools) = tokio::join!(
        observe_git(project, unfinished.continued.as_ref()),
        join_all(
            project.indexes().iter().map(|name| observe_index(project, services, name, rights))
        ),
        observe_images(project, services, rights),
        super::forge::observe(project, services, rights),
        missing_tools(project, environment, services),
    );
    let mut observed = Observed {
        project: project.name.clone(),
        request,
        package: project.package.as_ref().map(|package| ObservedPackage {
            name: package.pyproject.normalized_name(),
            version: match &package.pyproject.version {
                ProjectVersion::Static(version) => Some(version.clone()),
                ProjectVersion::Dynamic(_) => None,
            },
        }),
        git: git?,
        indexes,
        images,
        forge,
        changelog: ChangelogState::NoFile,
        missing_tools,
        recorded: unfinished.continued.as_ref().map(|begun| begun.recorded.clone()),
        blocking: unfinished.blocking,
    };
    let version = resolve_version(&observed);
    observed.changelog = observe_changelog(project, &version);
    observe_floating(project, services, &version, &mut observed.images).await;
    Ok(observed)
}

async fn observe_git(
    project: &Project,
    continued: Option<&Begun>,
) -> Result<ObservedGit, ReleaseError> {
    let (repository, settings) = (&project.repository, &project.configuration.git);
    let status = repository.status().await?;
    let head = repository.head().await?;
    let branch = status.branch().map(str::to_owned);
    let (state, remote) = match repository.remote_refs(&settings.remote).await {
        Ok(refs) => (remote_state(project, branch.as_deref(), &head, &refs).await?, refs),
        Err(GitError::NoRemote { .. }) => (RemoteState::Missing, RemoteRefs::default()),
        Err(error) => (RemoteState::Unreachable(error_chain(&error)), RemoteRefs::default()),
    };
    // A tag that only this machine has may be the one that is continued.
    let private = continued.is_some_and(|begun| begun.recorded.progress == Progress::Private);
    let here = if private { Vec::new() } else { repository.tags("*").await? };
    let names = here.into_iter().map(|tag| tag.name).chain(remote.tags.into_keys());
    let mut tagged: Vec<ReleaseVersion> =
        names.filter_map(|tag| settings.tag.version_of(&tag)).collect();
    tagged.sort();
    tagged.dedup();
    let contains_release = match continued.and_then(|begun| begun.commit.as_ref()) {
        Some(commit) => repository.is_ancestor(commit, &head).await.unwrap_or(false),
        None => false,
    };
    Ok(ObservedGit {
        branch,
        head: head.as_str().to_owned(),
        dirty: status.changes.iter().map(|change| change.path.clone()).collect(),
        untracked: status.untracked,
        remote: state,
        contains_release,
        tagged,
    })
}

async fn remote_state(
    project: &Project,
    branch: Option<&str>,
    head: &git::CommitId,
    refs: &RemoteRefs,
) -> Result<RemoteState, ReleaseError> {
    let Some(theirs) = branch.and_then(|branch| refs.branches.get(branch)) else {
        return Ok(RemoteState::NewBranch);
    };
    let repository = &project.repository;
    // A commit that is not here at all is one that is missing here.
    let known = repository.resolve(theirs.as_str()).await.is_ok();
    let contained = known && repository.is_ancestor(theirs, head).await?;
    Ok(if contained { RemoteState::UpToDate } else { RemoteState::Ahead })
}

async fn observe_index(
    project: &Project,
    services: &Services,
    name: &str,
    rights: Rights,
) -> ObservedIndex {
    let optional = project.index(name).optional;
    let package = project.package.as_ref().map(|package| package.pyproject.normalized_name());
    let (access, versions) = match (services.index(name), package) {
        (Ok(reader), Some(package)) => match reader.versions(&package).await {
            Ok(versions) => (index_access(services, name, rights).await, versions),
            Err(error) => (Access::Unreachable(error_chain(&error)), Vec::new()),
        },
        _ => (Access::Unasked, Vec::new()),
    };
    let ours =
        versions.iter().filter_map(|version| ReleaseVersion::from_pep440(&version.to_string()));
    ObservedIndex { name: name.to_owned(), access, versions: ours.collect(), optional }
}

async fn index_access(services: &Services, name: &str, rights: Rights) -> Access {
    if rights == Rights::NotAsked {
        return Access::Unasked;
    }
    let credentials = match services.find_credentials(name).await {
        Ok(Some(credentials)) => credentials,
        Ok(None) => return Access::NoCredentials(credential_places(name)),
        Err(failure) => return Access::Refused(failure.text()),
    };
    let Ok(reader) = services.index(name) else { return Access::Unasked };
    let writer = registry_pypi::IndexWriter::new(reader.clone());
    match writer.ask_acceptance(&credentials).await {
        Acceptance::Accepted => Access::Granted,
        Acceptance::Rejected { message } => Access::Refused(message),
        _ => Access::Unasked,
    }
}

async fn observe_images(
    project: &Project,
    services: &Services,
    rights: Rights,
) -> Vec<ObservedImage> {
    let images = project.configuration.images.iter().zip(project.image_names());
    join_all(images.map(|(image, name)| async move {
        let (tags, reading) = observe_tags(services, &image.repository).await;
        let access = match reading {
            Some(unreachable) => unreachable,
            None => image_access(services, &image.repository, rights).await,
        };
        let dockerfile = project.root.join(&image.context).join(&image.dockerfile);
        let tags = tags.into_iter().map(|tag| (tag.as_str().to_owned(), None)).collect();
        ObservedImage { name, access, tags, dockerfile_found: dockerfile.is_file() }
    }))
    .await
}

/// Tags of a repository; and the access that follows when nobody answered.
async fn observe_tags(
    services: &Services,
    repository: &Repository,
) -> (Vec<ImageTag>, Option<Access>) {
    match services.registry.tags(repository).await {
        Ok(tags) => (tags, None),
        // No repository yet, or one that shows itself to its owners only.
        Err(
            RegistryError::NotFound { .. }
            | RegistryError::Unauthorized { .. }
            | RegistryError::Denied { .. }
            | RegistryError::MissingRight { .. },
        ) => (Vec::new(), None),
        Err(error) => (Vec::new(), Some(Access::Unreachable(error_chain(&error)))),
    }
}

/// What the floating tags of each image point to now.
async fn observe_floating(
    project: &Project,
    services: &Services,
    version: &ReleaseVersion,
    observed: &mut [ObservedImage],
) {
    let values = TemplateValues { version, commit: "" };
    for (image, observed) in project.configuration.images.iter().zip(observed) {
        let names = image.floating.iter().map(|tag| tag.render(values));
        let there = names.filter(|name| observed.tags.contains_key(name));
        let tags: Vec<ImageTag> = there.filter_map(|name| name.parse().ok()).collect();
        // Unknown stays unknown: the move looks again before it writes.
        let digests =
            services.registry.tag_digests(&image.repository, &tags).await.unwrap_or_default();
        let known = digests.into_iter().filter_map(|(tag, head)| Some((tag, head?.digest)));
        observed.tags.extend(known.map(|(tag, digest)| (tag.as_str().to_owned(), Some(digest))));
    }
}

async fn image_access(services: &Services, repository: &Repository, rights: Rights) -> Access {
    if rights == Rights::NotAsked {
        return Access::Unasked;
    }
    match services.registry.check_access(repository, &[Right::Pull, Right::Push]).await {
        AccessCheck::Granted => Access::Granted,
        AccessCheck::Accepted | AccessCheck::NotFound => Access::Unasked,
        AccessCheck::MissingRight(right) => {
            Access::Refused(format!("the credentials lack the right to {right} at {repository}"))
        }
        AccessCheck::Unauthorized(error) => Access::Refused(error_chain(&error)),
        AccessCheck::Unreachable(error) => Access::Unreachable(error_chain(&error)),
    }
}

async fn missing_tools(
    project: &Project,
    environment: &Environment,
    services: &Services,
) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    if !project.configuration.images.is_empty()
        && let Err(error) = services.engine().await
    {
        let advice = error.hint().unwrap_or("start it").to_owned();
        missing.push((format!("Docker Engine ({})", error_chain(&error)), advice));
    }
    let python = environment.python.to_string_lossy();
    let by_path = python.contains('/') && environment.python.is_file();
    if project.package.is_some() && !by_path && process::find_program(&python).is_none() {
        let advice = "install CPython 3 with venv, or use --python".to_owned();
        missing.push((format!("Python (`{python}`)"), advice));
    }
    if let Err(error) = project.repository.identity().await {
        missing.push(("an identity for commits".to_owned(), error_chain(&error)));
    }
    missing
}

fn observe_changelog(project: &Project, version: &ReleaseVersion) -> ChangelogState {
    let path = project.root.join(&project.configuration.changelog.file);
    let Ok(text) = std::fs::read_to_string(path) else { return ChangelogState::NoFile };
    let changelog = Changelog::parse(&text);
    if changelog.version(&version.to_string()).is_some() {
        return ChangelogState::VersionSection;
    }
    match changelog.unreleased() {
        Some(section) if !changelog.is_empty(section) => ChangelogState::UnreleasedSection,
        _ => ChangelogState::NothingWritten,
    }
}
