//! Releases everything that a project publishes, verifies it as a user without
//! credentials sees it, and records it.

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use git::CommitId;
use jiff::Timestamp;
use journal::{Journal, Lock};
use operation::{Environment, Present as _, until_interrupted};
use release_plan::{
    Finding, ReleasePlan, ReleasePolicy, check, plan as plan_release, resolve_version,
};
use release_version::VersionRequest;
use step_runner::{Runner, StepJournal};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    Project, ReleaseError,
    clients::Clients,
    conclude::conclude,
    context::ReleaseContext,
    observe::{AccessCheck, observe},
    planned::PlannedRelease,
    published::PublishedRelease,
    steps::step_of,
    unfinished::{
        Start, UnfinishedRelease, UnfinishedReleases, is_finished, record_start, release_folder,
    },
    withdraw::withdraw_recorded,
};

/// What to release and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRequest {
    /// The version, or which number to raise.
    pub version: VersionRequest,
    /// Departures from the usual rules.
    pub policy: ReleasePolicy,
}

/// Plans a release and changes nothing; no credentials are needed. `None` when
/// exactly this version is released already.
///
/// # Errors
/// [`ReleaseError::Preflight`] with every problem that blocks the release.
pub async fn preview(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
) -> Result<Option<PlannedRelease>, ReleaseError> {
    if report_finished(project, environment, request)? {
        return Ok(None);
    }
    let clients = Clients::new(project, environment).await?;
    if project.package.is_some() {
        clients.python.look_ahead();
    }
    let unfinished = UnfinishedReleases::find(project, environment, request.version)?;
    let planned =
        observe_and_plan(project, environment, &clients, request, &unfinished, AccessCheck::Skip)
            .await?;
    report_warnings(environment, &planned.findings);
    if planned.is_blocked() {
        return Err(ReleaseError::Preflight(planned.findings.clone(), Some(Box::new(planned))));
    }
    Ok(Some(planned))
}

/// Releases: plans, then carries the plan out. Resumes where an earlier run of the
/// same request stopped. `interrupt` resolves when the user interrupts. `None` when
/// exactly this version is released already.
///
/// # Errors
/// [`ReleaseError`]; the journal is complete then and the same request resumes.
pub async fn publish(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<Option<PublishedRelease>, ReleaseError> {
    let interrupt = interrupt.shared();
    let holder = environment.lock_holder(&format!("full-release {}", request.version));
    let _lock = Lock::acquire(&project.state(environment)?.lock_file(), &holder)?;
    if report_finished(project, environment, request)? {
        return Ok(None);
    }
    let clients = Clients::new(project, environment).await?;
    let unfinished = UnfinishedReleases::find(project, environment, request.version)?;
    let planning = observe_and_plan(
        project,
        environment,
        &clients,
        request,
        &unfinished,
        AccessCheck::Perform,
    );
    let planned = until_interrupted(interrupt.clone(), planning).await?;
    report_warnings(environment, &planned.findings);
    if planned.is_blocked() {
        return Err(ReleaseError::Preflight(planned.findings, None));
    }
    let plan = planned.plan.clone();
    PlannedRelease { plan: planned.plan, findings: Vec::new() }.present(&environment.reporter);
    environment.confirm(&format!("Release {} {} as planned?", project.name, plan.version))?;
    let release =
        open(project, environment, &clients, &plan, request, unfinished.continued).await?;
    let runner = Runner {
        plan: &plan.steps,
        context: &release,
        journal: &release.journal,
        reporter: &environment.reporter,
        step_of,
    };
    let execution = runner.run(interrupt).await;
    conclude(&release, &plan, &execution).await.map(Some)
}

async fn observe_and_plan(
    project: &Project,
    environment: &Environment,
    clients: &Clients,
    request: ReleaseRequest,
    unfinished: &UnfinishedReleases,
    access: AccessCheck,
) -> Result<PlannedRelease, ReleaseError> {
    environment.reporter.info(format!("preflight of {}: checking every target", project.name));
    let observed =
        observe(project, environment, clients, request.version, unfinished, access).await?;
    let version = resolve_version(&observed);
    let findings = check(&observed, &project.configuration, version.as_ref(), request.policy);
    match version {
        Ok(version) => {
            let plan = plan_release(&observed, &project.configuration, version);
            Ok(PlannedRelease { plan, findings })
        }
        Err(_) => Err(ReleaseError::Preflight(findings, None)),
    }
}

/// Whether exactly this version was released before, which is then reported.
pub(crate) fn report_finished(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
) -> Result<bool, ReleaseError> {
    let finished = is_finished(project, environment, request.version)?;
    if finished {
        environment.reporter.ok(format!(
            "{} {} is already released: nothing to do; verify-release verifies it",
            project.name, request.version
        ));
    }
    Ok(finished)
}

pub(crate) fn report_warnings(environment: &Environment, findings: &[Finding]) {
    for warning in findings.iter().filter(|finding| !finding.blocks()) {
        environment.reporter.warn(warning.to_string());
    }
}

/// Opens the journal of the release that is continued, or starts a new one.
async fn open<'a>(
    project: &'a Project,
    environment: &'a Environment,
    clients: &'a Clients,
    plan: &ReleasePlan,
    request: ReleaseRequest,
    continued: Option<UnfinishedRelease>,
) -> Result<ReleaseContext<'a>, ReleaseError> {
    let folder = release_folder(project, environment, &plan.version)?;
    let head = project.repository.head().await?;
    let continued = continued.filter(|release| release.start.version == plan.version);
    let resumed = continued
        .and_then(|release| Some(Start { base: release.usable_base(&head)?, ..release.start }));
    let (start, mut journal) = match resumed {
        Some(start) => {
            environment.reporter.info(format!("resuming the release of {}", plan.version));
            (start, Journal::open(&folder.journal())?)
        }
        None => {
            if folder.has_journal() {
                withdraw_recorded(project, environment, clients, &folder).await?;
            }
            folder.clear(&project.repository, false).await?;
            start_anew(&folder.journal(), environment, plan, request, head)?
        }
    };
    environment.kill_after.iter().for_each(|&records| journal.kill_after(records));
    Ok(ReleaseContext {
        project,
        environment,
        clients,
        version: plan.version,
        tag: plan.tag.clone(),
        folder,
        journal: StepJournal::new(journal),
        started_at: start.at,
        policy: request.policy,
        base: start.base,
        hooks: Mutex::new(BTreeSet::new()),
        images_checkout: OnceCell::new(),
    })
}

fn start_anew(
    journal: &std::path::Path,
    environment: &Environment,
    plan: &ReleasePlan,
    request: ReleaseRequest,
    base: CommitId,
) -> Result<(Start, Journal), ReleaseError> {
    let at = release_time(environment);
    let tag = plan.tag.clone();
    let start = Start { version: plan.version, request: request.version, tag, base, at };
    let mut journal = Journal::open(journal)?;
    record_start(&mut journal, &start)?;
    Ok((start, journal))
}

/// Now, or `SOURCE_DATE_EPOCH` (reproducible-builds.org), in whole seconds.
fn release_time(environment: &Environment) -> Timestamp {
    let epoch = environment.variable("SOURCE_DATE_EPOCH");
    let epoch = epoch.and_then(|text| text.to_str()?.parse().ok());
    let fixed = epoch.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let now = Timestamp::now();
    fixed.unwrap_or_else(|| Timestamp::from_second(now.as_second()).unwrap_or(now))
}
