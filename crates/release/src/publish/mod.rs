//! `full-release`: everything that a project publishes, released, verified as
//! a stranger would see it, and recorded.

mod abort;
mod execute;
mod forge;
mod gather;
mod image;
mod package;
mod prepare;
mod proof;
mod release;
mod report;
mod resume;
mod source;
mod step;

use std::sync::Mutex;

use ::report::Event;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use journal::{Journal, Lock};
use release_plan::{Observed, ReleasePlan, ReleasePolicy, check, plan, resolve_version};
use release_version::VersionRequest;

use self::{
    execute::Execution,
    gather::Rights,
    release::Release,
    resume::{Begun, Unfinished},
};
pub(crate) use self::{
    image::{ImageEvidence, run_from_registry, stranger},
    package::{PackageEvidence, install_check},
    proof::{proof_words, reasons as proof_reasons},
    report::links,
    resume::{evidence, journal_path},
    step::StepFailure,
};
use operation::{Environment, until_interrupted};

use crate::{Project, ReleaseError, clients::Services};

/// What to release and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRequest {
    /// The version, or which number to raise.
    pub version: VersionRequest,
    /// Departures from the usual rules.
    pub policy: ReleasePolicy,
}

/// Shows what a release would do: every change and request, nothing touched,
/// no credentials needed.
///
/// # Errors
/// [`ReleaseError::Preflight`] with everything that stands in the way.
pub async fn show(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
) -> Result<(), ReleaseError> {
    if tell_finished(project, environment, request)? {
        return Ok(());
    }
    let services = Services::new(project, environment).await?;
    let unfinished = resume::unfinished(project, environment, request.version)?;
    let rights = Rights::NotAsked;
    let (plan, findings) =
        observe_and_plan(project, environment, &services, request, &unfinished, rights).await?;
    environment.reporter.emit(&Event::Plan(report::plan_document(&plan, &findings)));
    refuse_blocked(findings)
}

/// Releases: plans, then carries the plan out; continues where an earlier run
/// of the same command stopped. `interrupt` resolves when somebody wants to stop.
///
/// # Errors
/// [`OperationError`]; the journal is closed and the same command resumes.
pub async fn run(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
    interrupt: impl Future<Output = ()>,
) -> Result<(), ReleaseError> {
    let interrupt = interrupt.shared();
    let holder = environment.lock_holder(&format!("full-release {}", request.version));
    let _lock = Lock::acquire(&project.place(environment)?.lock(), &holder)?;
    if tell_finished(project, environment, request)? {
        return Ok(());
    }
    let services = Services::new(project, environment).await?;
    let unfinished = resume::unfinished(project, environment, request.version)?;
    let rights = Rights::Asked;
    let looked = observe_and_plan(project, environment, &services, request, &unfinished, rights);
    let (plan, findings) = until_interrupted(interrupt.clone(), looked).await?;
    tell_findings(environment, &findings);
    refuse_blocked(findings)?;
    environment.reporter.emit(&Event::Plan(report::plan_document(&plan, &[])));
    confirm(project, environment, &plan)?;
    let begun = unfinished.continued;
    let release = begin(project, environment, &services, &plan, request, begun).await?;
    let execution = release.execute(interrupt).await;
    finish(&release, execution).await
}

/// Takes back what an unfinished release may take back, and says what stays.
///
/// # Errors
/// [`OperationError::Project`] when no such release is unfinished.
pub async fn abort(
    project: &Project,
    environment: &Environment,
    version: VersionRequest,
) -> Result<(), ReleaseError> {
    abort::run(project, environment, version).await
}

async fn observe_and_plan(
    project: &Project,
    environment: &Environment,
    services: &Services,
    request: ReleaseRequest,
    unfinished: &Unfinished,
    rights: Rights,
) -> Result<(ReleasePlan, Vec<release_plan::Finding>), ReleaseError> {
    let reporter = &environment.reporter;
    reporter.info(format!("preflight of {}: asking every target", project.name));
    let version = request.version;
    let observed: Observed =
        gather::gather(project, environment, services, version, unfinished, rights).await?;
    let version = resolve_version(&observed);
    let findings = check(&observed, &project.configuration, &version, request.policy);
    Ok((plan(&observed, &project.configuration, version), findings))
}

/// Asks before the first step, when somebody is there to be asked.
fn confirm(
    project: &Project,
    environment: &Environment,
    plan: &ReleasePlan,
) -> Result<(), ReleaseError> {
    Ok(environment.confirm(&format!("Release {} {} as planned?", project.name, plan.version))?)
}

/// Says so when exactly this version was released before.
fn tell_finished(
    project: &Project,
    environment: &Environment,
    request: ReleaseRequest,
) -> Result<bool, ReleaseError> {
    let finished = resume::is_finished(project, environment, request.version)?;
    if finished {
        let done = format!("{} {} is released already", project.name, request.version);
        environment.reporter.ok(format!("{done}: nothing to do; verify-release looks at it again"));
    }
    Ok(finished)
}

fn tell_findings(environment: &Environment, findings: &[release_plan::Finding]) {
    for finding in findings {
        let level = if finding.blocks() { ::report::Level::Error } else { ::report::Level::Warn };
        environment.reporter.message(level, finding.to_string());
    }
}

fn refuse_blocked(findings: Vec<release_plan::Finding>) -> Result<(), ReleaseError> {
    if findings.iter().any(release_plan::Finding::blocks) {
        return Err(ReleaseError::Preflight(findings));
    }
    Ok(())
}

/// Opens the journal of the release that is continued, or begins one.
async fn begin<'a>(
    project: &'a Project,
    environment: &'a Environment,
    services: &'a Services,
    plan: &'a ReleasePlan,
    request: ReleaseRequest,
    recorded: Option<Begun>,
) -> Result<Release<'a>, ReleaseError> {
    let path = resume::journal_path(project, environment, &plan.version)?;
    let folder = path.parent().unwrap_or(&path).to_owned();
    let head = project.repository.head().await?;
    let continued = recorded.filter(|begun| begun.recorded.version == plan.version);
    let goes_on = continued.and_then(|begun| Some((begun.usable_base(&head)?, begun.at)));
    let (base, begun, mut journal) = match goes_on {
        Some((base, at)) => {
            environment.reporter.info(format!("continuing the release of {}", plan.version));
            (base, at, Journal::open(&path)?)
        }
        None => {
            if path.is_file() {
                abort::take_back(project, environment, &path).await?;
            }
            resume::clear(project, &folder, &[]).await?;
            let (now, mut journal) = (release_time(environment), Journal::open(&path)?);
            resume::record_beginning(&mut journal, plan, request.version, &head, now)?;
            (head, now, journal)
        }
    };
    environment.kill_after.iter().for_each(|&records| journal.kill_after(records));
    Ok(Release {
        project,
        environment,
        services,
        plan,
        folder,
        journal: Mutex::new(journal),
        begun,
        base,
        hooks: tokio::sync::Mutex::default(),
        images_tree: tokio::sync::OnceCell::new(),
    })
}

/// Now, or what `SOURCE_DATE_EPOCH` says (reproducible-builds.org).
fn release_time(environment: &Environment) -> Timestamp {
    let seconds = environment.variable("SOURCE_DATE_EPOCH");
    let seconds = seconds.and_then(|text| text.to_str()?.parse().ok());
    let fixed = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let now = Timestamp::now();
    fixed.unwrap_or_else(|| Timestamp::from_second(now.as_second()).unwrap_or(now))
}

async fn finish(release: &Release<'_>, execution: Execution) -> Result<(), ReleaseError> {
    if execution.interrupted {
        release.remove_local_images().await;
    }
    let document = report::final_document(release, &execution);
    release.environment.reporter.emit(&Event::Report(document));
    if let Some(error) = report::failure(release, &execution) {
        if !execution.interrupted && !report::stopped(release, &execution) {
            resume::record_required_done(release)?;
        }
        return Err(error);
    }
    // Said before it is closed: who was told so will not type the words again.
    let version = release.plan.version;
    release.environment.reporter.ok(format!("{} {version} is released", release.project.name));
    // The files stay for later verification; the checkouts are not needed any
    // more, and nobody looks for them once the release is closed.
    if let Err(error) = resume::remove_trees(release.project, &release.folder).await {
        release.environment.reporter.warn(format!("a checkout stays: {error}"));
    }
    resume::record_end(release)
}
