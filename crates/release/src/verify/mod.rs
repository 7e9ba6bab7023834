//! `verify-release`: what a version looks like to a stranger, for any version
//! that was ever published.

mod finding;
mod image;
mod index;
mod source;

use ::report::{Document, Event, Table};
use futures_util::future::join_all;
use git::GitError;
use journal::{Journal, Records};
use release_version::ReleaseVersion;
use serde_json::json;

pub(crate) use self::finding::{Check, Verdict};
use operation::{Environment, OperationError};

use crate::{Project, ReleaseError, clients::Services, publish};

/// What to verify.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyRequest {
    /// The version; the newest one tagged when none is given.
    pub version: Option<ReleaseVersion>,
    /// Only this index, and nothing else.
    pub index: Option<String>,
    /// Leave out the installation into a clean environment.
    pub without_install: bool,
    /// Leave out running images.
    pub without_run: bool,
}

/// What all checks share.
pub(crate) struct Verification<'a> {
    pub(crate) project: &'a Project,
    pub(crate) environment: &'a Environment,
    pub(crate) services: &'a Services,
    pub(crate) request: &'a VerifyRequest,
    pub(crate) version: ReleaseVersion,
    /// Every version that has a tag, here or at the remote.
    pub(crate) released: Vec<ReleaseVersion>,
    /// The journal of that release, if it was made on this machine.
    pub(crate) journal: Option<Records>,
}

/// Verifies every target, all at the same time, and says what differs.
///
/// # Errors
/// [`ReleaseError::Differences`] with each difference,
/// [`ReleaseError::Unverified`] when a target could not be asked.
pub async fn run(
    project: &Project,
    environment: &Environment,
    request: &VerifyRequest,
) -> Result<(), ReleaseError> {
    check_index_name(project, request)?;
    let services = Services::new(project, environment).await?;
    let released = tagged_versions(project).await?;
    let nothing = || {
        OperationError::usage(
            "no version was released yet".to_owned(),
            "name the version to verify",
        )
    };
    let version = request.version.or_else(|| released.iter().copied().max()).ok_or_else(nothing)?;
    environment.reporter.info(format!("verifying {} {version} as a stranger", project.name));
    let journal = read_journal(project, environment, &version)?;
    let all = Verification {
        project,
        environment,
        services: &services,
        request,
        version,
        released,
        journal,
    };
    let checks = all.checks().await;
    environment.reporter.emit(&Event::Report(document(&all, &checks)));
    conclude(&checks)?;
    environment.reporter.ok(format!("{} {version} is served as it was released", project.name));
    Ok(())
}

impl Verification<'_> {
    async fn checks(&self) -> Vec<Check> {
        let names = self.project.indexes().iter();
        let wanted = |name: &&String| self.request.index.as_ref().is_none_or(|only| only == *name);
        let indexes = join_all(names.filter(wanted).map(|name| self.verify_index(name)));
        if self.request.index.is_some() {
            return indexes.await.concat();
        }
        let names = self.project.image_names();
        let images = join_all(names.iter().map(|name| self.verify_image(name)));
        let (indexes, agreement, images, source, forge) = tokio::join!(
            indexes,
            self.compare_indexes(),
            images,
            self.verify_tag(),
            self.verify_forge(),
        );
        [indexes.concat(), agreement, images.concat(), source, forge].concat()
    }

    /// Evidence that a release on this machine recorded.
    pub(crate) fn recorded<T: serde::de::DeserializeOwned>(&self, step: &str) -> Option<T> {
        publish::evidence(self.journal.as_ref()?, step)
    }
}

fn check_index_name(project: &Project, request: &VerifyRequest) -> Result<(), ReleaseError> {
    match &request.index {
        Some(name) if !project.indexes().contains(name) => Err(OperationError::usage(
            format!("the project's package does not go to an index `{name}`"),
            &format!("choose one of: {}", project.indexes().join(", ")),
        )
        .into()),
        _ => Ok(()),
    }
}

async fn tagged_versions(project: &Project) -> Result<Vec<ReleaseVersion>, ReleaseError> {
    let settings = &project.configuration.git;
    let local = project.repository.tags("*").await?.into_iter().map(|tag| tag.name);
    let remote = match project.repository.remote_refs(&settings.remote).await {
        Ok(refs) => refs.tags.into_keys().collect(),
        Err(GitError::NoRemote { .. } | GitError::RemoteUnavailable { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(local.chain(remote).filter_map(|tag| settings.tag.version_of(&tag)).collect())
}

/// What the release recorded, if it was made on this machine.
fn read_journal(
    project: &Project,
    environment: &Environment,
    version: &ReleaseVersion,
) -> Result<Option<Records>, ReleaseError> {
    let path = publish::journal_path(project, environment, version)?;
    Ok(if path.is_file() { Some(Journal::read(&path)?) } else { None })
}

fn document(all: &Verification<'_>, checks: &[Check]) -> Document {
    let mut table = Table::new(&["target", "check", "result", "evidence"]);
    for check in checks {
        let (word, evidence) = check.verdict.words();
        table.row([check.target.as_str(), check.what.as_str(), word, evidence]);
    }
    let links = publish::links(all.project, all.services, &all.version);
    let json = json!({ "version": all.version, "checks": checks, "links": links });
    let document =
        Document::new(json).heading(format!("Verification of {}", all.version)).table(table);
    if links.is_empty() { document } else { document.heading("Review").list(links) }
}

fn conclude(checks: &[Check]) -> Result<(), ReleaseError> {
    let told = |wanted: fn(&Verdict) -> bool| -> Vec<String> {
        checks.iter().filter(|check| wanted(&check.verdict)).map(ToString::to_string).collect()
    };
    let differences = told(|verdict| matches!(verdict, Verdict::Differs(_)));
    if !differences.is_empty() {
        return Err(ReleaseError::Differences(differences));
    }
    let unknown = told(|verdict| matches!(verdict, Verdict::Unknown(_)));
    if unknown.is_empty() { Ok(()) } else { Err(ReleaseError::Unverified(unknown)) }
}
