//! Verifies a published version as a user without credentials sees it, for any
//! version that was ever published.

mod check;
mod forge;
mod git;
mod image;
mod index;
mod verification;
mod verified_release;

use ::git::GitError;
use futures_util::future::join_all;
use journal::{Journal, Records};
use operation::{Environment, OperationError};
use release_plan::ReleaseTags;
use release_version::ReleaseVersion;

use self::verification::Verification;
pub use self::{
    check::{Check, Verdict},
    verification::VerifyRequest,
    verified_release::VerifiedRelease,
};
use crate::{
    Project, ReleaseError,
    clients::{Clients, index_endpoints},
    review_links::review_links,
    unfinished::release_folder,
};

/// Verifies every target, all at the same time.
///
/// # Errors
/// [`ReleaseError::Differences`], [`ReleaseError::Unverified`] when a target could
/// not be queried.
pub async fn verify(
    project: &Project,
    environment: &Environment,
    request: &VerifyRequest,
) -> Result<VerifiedRelease, ReleaseError> {
    check_index_names(project, request)?;
    let clients = Clients::new(project, environment).await?;
    let tags = observed_tags(project).await?;
    let Some(version) = request.version.or_else(|| tags.versions().last().copied()) else {
        let problem = "no version has been released yet";
        return Err(OperationError::usage(problem, "pass the version to verify").into());
    };
    let name = &project.name;
    environment.reporter.info(format!("verifying {name} {version} as users see it"));
    let journal = read_journal(project, environment, &version)?;
    let verification = Verification {
        project,
        reporter: &environment.reporter,
        clients: &clients,
        request,
        version,
        tags,
        journal,
    };
    let verified = VerifiedRelease {
        project: project.name.clone(),
        version,
        checks: verification.checks().await?,
        links: review_links(project, &clients, &version),
    };
    if !verified.differences().is_empty() {
        return Err(ReleaseError::Differences(Box::new(verified)));
    }
    if !verified.unknown().is_empty() {
        return Err(ReleaseError::Unverified(Box::new(verified)));
    }
    Ok(verified)
}

impl Verification<'_> {
    /// The checks of one target, with a line when they are done: downloads and
    /// installations take a while.
    async fn shown(
        &self,
        target: String,
        checks: impl Future<Output = Result<Vec<Check>, ReleaseError>>,
    ) -> Result<Vec<Check>, ReleaseError> {
        let checks = checks.await?;
        let held = checks.iter().filter(|check| matches!(check.verdict, Verdict::Holds(_)));
        let (held, all) = (held.count(), checks.len());
        self.reporter.info(format!("{target}: {held} of {all} checks hold"));
        Ok(checks)
    }

    async fn checks(&self) -> Result<Vec<Check>, ReleaseError> {
        let names = self.project.indexes().iter();
        let selected =
            names.filter(|name| self.request.index.as_ref().is_none_or(|only| only == *name));
        let indexes = join_all(
            selected
                .map(|name| self.shown(format!("index {name}"), index::verify_index(self, name))),
        );
        if self.request.index.is_some() {
            return flatten(indexes.await);
        }
        let names = self.project.image_names();
        let images = join_all(
            names
                .iter()
                .map(|name| self.shown(format!("image {name}"), image::verify_image(self, name))),
        );
        let (indexes, agreement, images, tag, forge) = tokio::join!(
            indexes,
            index::compare_indexes(self),
            images,
            git::verify_tag(self),
            forge::verify_forge_release(self),
        );
        let (indexes, images) = (flatten(indexes)?, flatten(images)?);
        let mut checks = indexes;
        checks.extend(agreement);
        checks.extend(images);
        checks.push(tag);
        checks.extend(forge?);
        Ok(checks)
    }
}

fn flatten(checks: Vec<Result<Vec<Check>, ReleaseError>>) -> Result<Vec<Check>, ReleaseError> {
    Ok(checks.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

fn check_index_names(project: &Project, request: &VerifyRequest) -> Result<(), ReleaseError> {
    project.indexes().iter().try_for_each(|name| index_endpoints(project, name).map(drop))?;
    match &request.index {
        Some(name) if !project.indexes().contains(name) => Err(OperationError::usage(
            format!("the package is not published to an index named `{name}`"),
            &format!("choose one of: {}", project.indexes().join(", ")),
        )
        .into()),
        _ => Ok(()),
    }
}

/// The release tags; only local ones when the remote does not answer.
async fn observed_tags(project: &Project) -> Result<ReleaseTags, ReleaseError> {
    let remote = &project.configuration.git.remote;
    let local = project.repository.tags().list("*").await?.into_iter().map(|tag| tag.name);
    let remote = match project.repository.remote(remote).refs().await {
        Ok(refs) => refs.tags.into_keys().collect(),
        Err(GitError::NoRemote { .. } | GitError::RemoteUnavailable { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(project.release_tags(local.chain(remote)))
}

/// What the release recorded, if it was made on this machine.
fn read_journal(
    project: &Project,
    environment: &Environment,
    version: &ReleaseVersion,
) -> Result<Option<Records>, ReleaseError> {
    let folder = release_folder(project, environment, version)?;
    Ok(if folder.has_journal() { Some(Journal::read(&folder.journal())?) } else { None })
}
