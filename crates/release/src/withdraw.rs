//! Withdrawing an unfinished release: what is local, the tag at the remote, the
//! draft. What is public for ever is reported, not touched.

use std::collections::BTreeSet;

use journal::{Journal, Lock};
use operation::{Environment, OperationError, Present};
use release_plan::{Action, ReleasePolicy, StepId};
use release_version::{ReleaseVersion, VersionRequest};
use report::Reporter;
use serde::Serialize;
use step_plan::{Retention, StepPlan};
use step_runner::{Runner, StepJournal, WithdrawError, Withdrawn};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    Project, ReleaseError,
    clients::Clients,
    context::ReleaseContext,
    folder::ReleaseFolder,
    step_error::ReleaseStepError,
    steps::step_of,
    unfinished::{
        Start, UnfinishedRelease, UnfinishedReleases, record_withdrawn, release_folder,
        started_steps,
    },
};

/// What came of withdrawing a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithdrawnRelease {
    /// The version.
    pub version: ReleaseVersion,
    /// Whether something that was published stays.
    pub stays: bool,
}

impl Present for WithdrawnRelease {
    fn present(&self, reporter: &Reporter) {
        let state = if self.stays { "closed: what is published remains" } else { "withdrawn" };
        reporter.ok(format!("the release of {} is {state}", self.version));
    }
}

/// Withdraws what an unfinished release may withdraw, and reports what stays.
///
/// # Errors
/// [`OperationError::Precondition`] when no such release is unfinished;
/// [`ReleaseError`] when a record cannot be read, with nothing changed, or a step
/// cannot be undone, and then the same request continues.
pub async fn withdraw(
    project: &Project,
    environment: &Environment,
    request: VersionRequest,
) -> Result<WithdrawnRelease, ReleaseError> {
    let holder = environment.lock_holder(&format!("full-release {request} --abort"));
    let _lock = Lock::acquire(&project.state(environment)?.lock_file(), &holder)?;
    let release = UnfinishedReleases::find(project, environment, request)?.continued;
    let Some(UnfinishedRelease { start: Start { version, .. }, .. }) = release else {
        let problem = format!("no unfinished release of {request} is recorded");
        let advice = "a finished release cannot be withdrawn: release the next version, or yank it";
        return Err(OperationError::precondition(problem, advice).into());
    };
    let question = format!("Withdraw what can be withdrawn of {} {version}?", project.name);
    environment.confirm(&question)?;
    let clients = Clients::new(project, environment).await?;
    let folder = release_folder(project, environment, &version)?;
    let stays = withdraw_recorded(project, environment, &clients, &folder).await?;
    record_withdrawn(&StepJournal::new(Journal::open(&folder.journal())?))?;
    folder.clear(&project.repository, stays).await?;
    Ok(WithdrawnRelease { version, stays })
}

/// Undoes what the journal of a release says was started, unless something lasting
/// was made from it. True when something lasting stays.
pub(crate) async fn withdraw_recorded(
    project: &Project,
    environment: &Environment,
    clients: &Clients,
    folder: &ReleaseFolder,
) -> Result<bool, ReleaseError> {
    let journal = Journal::open(&folder.journal())?;
    let Some(UnfinishedRelease { start, .. }) = UnfinishedRelease::read(journal.records())? else {
        return Ok(false);
    };
    let steps = started_steps(journal.records())?;
    let release = ReleaseContext {
        project,
        environment,
        clients,
        tag: start.tag,
        version: start.version,
        folder: folder.clone(),
        journal: StepJournal::new(journal),
        started_at: start.at,
        policy: ReleasePolicy::default(),
        base: start.base,
        hooks: Mutex::new(BTreeSet::new()),
        images_checkout: OnceCell::new(),
    };
    let runner = Runner {
        plan: &steps,
        context: &release,
        journal: &release.journal,
        reporter: &environment.reporter,
        step_of,
    };
    let withdrawn = runner.withdraw().await.map_err(cannot_withdraw)?;
    report_withdrawn(&release, &steps, &withdrawn);
    Ok(!withdrawn.stay.is_empty())
}

fn cannot_withdraw(error: WithdrawError<StepId, ReleaseStepError>) -> ReleaseError {
    match error {
        WithdrawError::Journal(error) => error.into(),
        WithdrawError::Step { step, source } => {
            ReleaseError::NotWithdrawn { step, source: Box::new(source) }
        }
    }
}

fn report_withdrawn(
    release: &ReleaseContext<'_>,
    steps: &StepPlan<Action>,
    withdrawn: &Withdrawn<StepId>,
) {
    let reporter = &release.environment.reporter;
    for (id, retention) in &withdrawn.stay {
        let manual = steps.get(id).and_then(|step| step.action.manual_undo());
        if *retention == Retention::Lasting {
            let state = if release.journal.records().is_done(&id.to_string()) {
                "was done"
            } else {
                "may have been done"
            };
            reporter
                .warn(format!("{id} {state} and is not withdrawn: {}", manual.unwrap_or_default()));
        }
    }
    if let (false, Ok(commit)) = (withdrawn.stay.is_empty(), release.commit()) {
        let reason = "what is published was built from them";
        reporter.warn(format!("commit {} and its tag are kept: {reason}", commit.short));
    }
    for (_, undo) in &withdrawn.undone {
        undo.reverted.iter().for_each(|line| reporter.ok(line));
        undo.stays.iter().for_each(|line| reporter.warn(line));
    }
}
