use operation::{Environment, Present};
use release_plan::{Finding, check as check_version, check_project, resolve_version};
use release_version::{ReleaseVersion, VersionRequest};
use report::{Document, Event, Reporter};
use serde::Serialize;
use serde_json::json;

use crate::{
    Project, ReleaseError, ReleaseRequest,
    clients::registry_endpoints,
    observe::observe_offline,
    publish::{report_finished, report_warnings},
    unfinished::UnfinishedReleases,
};

/// A project in which nothing that can be seen without services blocks a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckedProject {
    /// Name of the project.
    pub project: String,
    /// The version that was checked, if one was requested.
    pub version: Option<ReleaseVersion>,
    /// Warnings.
    pub findings: Vec<Finding>,
}

/// Checks what needs no network and no Docker Engine: configuration, files, programs,
/// versions, local tags and the changelog. Without a request, everything that does not
/// depend on the version. Changes nothing. `None` when exactly this version is released.
///
/// # Errors
/// [`ReleaseError::Preflight`] with every problem that blocks a release.
pub async fn check(
    project: &Project,
    environment: &Environment,
    request: Option<ReleaseRequest>,
) -> Result<Option<CheckedProject>, ReleaseError> {
    if let Some(request) = request
        && report_finished(project, environment, request)?
    {
        return Ok(None);
    }
    registry_endpoints(&project.configuration)?;
    let (version, findings) = match request {
        Some(request) => findings_of(project, environment, request).await?,
        None => (None, general_findings(project, environment).await?),
    };
    report_warnings(environment, &findings);
    if findings.iter().any(Finding::blocks) {
        return Err(ReleaseError::Preflight(findings, None));
    }
    Ok(Some(CheckedProject { project: project.name.clone(), version, findings }))
}

async fn findings_of(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
) -> Result<(Option<ReleaseVersion>, Vec<Finding>), ReleaseError> {
    let unfinished = UnfinishedReleases::find(project, environment, request.version)?;
    let observed = observe_offline(project, environment, request.version, &unfinished).await?;
    let version = resolve_version(&observed);
    let findings =
        check_version(&observed, &project.configuration, version.as_ref(), request.policy);
    Ok((version.ok(), findings))
}

/// As if the next patch were requested, since counting depends most on what exists.
async fn general_findings(
    project: &Project,
    environment: &Environment,
) -> Result<Vec<Finding>, ReleaseError> {
    let request = VersionRequest::Patch;
    let unfinished = UnfinishedReleases::default();
    let observed = observe_offline(project, environment, request, &unfinished).await?;
    Ok(check_project(&observed, &project.configuration))
}

impl Present for CheckedProject {
    fn present(&self, reporter: &Reporter) {
        let subject = match &self.version {
            Some(version) => format!("{} {version}", self.project),
            None => self.project.clone(),
        };
        let text = format!(
            "{subject}: nothing that can be seen without network and Docker Engine blocks a release"
        );
        reporter.emit(&Event::Report(Document::new(json!(self)).text(text)));
    }
}
