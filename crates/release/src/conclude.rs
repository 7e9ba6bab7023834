//! The end of a release: its result, and what becomes of its journal and checkouts.

use operation::Present as _;
use release_plan::{ReleasePlan, ReleaseStep, StepId};
use release_version::ReleaseVersion;
use report::StepState;
use step_plan::Action as _;
use step_runner::{EndedStep, Execution};

use crate::{
    ReleaseError,
    context::ReleaseContext,
    published::{PublishedRelease, ReportedStep},
    review_links::review_links,
    steps::local_image_name,
    unfinished::{has_published, record_finished, record_required_done, started_steps},
};

/// Shows the result and closes the journal of a complete release. It is shown first:
/// a user who has read that it is released does not repeat the request, which would
/// start the next release once the journal is closed.
pub(crate) async fn conclude(
    release: &ReleaseContext<'_>,
    plan: &ReleasePlan,
    execution: &Execution<StepId>,
) -> Result<PublishedRelease, ReleaseError> {
    let published = published_release(release, plan, execution);
    let reporter = &release.environment.reporter;
    published.present(reporter);
    if published.interrupted {
        remove_local_images(release).await;
        return Err(ReleaseError::Interrupted(Box::new(published)));
    }
    if !published.failed.is_empty() {
        if published.complete {
            record_required_done(&release.journal)?;
        }
        return Err(ReleaseError::Incomplete(Box::new(published)));
    }
    // The built files stay for later verification; the checkouts are not needed any
    // more, and nothing looks for them once the release is closed.
    if let Err(error) = release.folder.remove_checkouts(&release.project.repository).await {
        reporter.warn(format!("a checkout was not removed: {error}"));
    }
    record_finished(&release.journal)?;
    Ok(published)
}

fn published_release(
    release: &ReleaseContext<'_>,
    plan: &ReleasePlan,
    execution: &Execution<StepId>,
) -> PublishedRelease {
    let failed = failed_steps(plan, execution);
    let refused = failed.iter().all(|(_, ended)| ended.refused);
    let mut required = plan.steps.iter().filter(|step| step.is_required());
    // What cannot be read may be public.
    let started = started_steps(&release.journal.records());
    PublishedRelease {
        project: release.project.name.clone(),
        version: plan.version,
        steps: plan.steps.iter().map(|step| reported_step(step, execution)).collect(),
        left_out: plan.left_out.clone(),
        links: review_links(release.project, release.clients, &plan.version),
        complete: required.all(|step| execution.succeeded(&step.id())),
        refused,
        failed: failed.iter().map(|(step, _)| step.action.title()).collect(),
        published_something: started.is_ok_and(|steps| has_published(&steps)),
        interrupted: execution.interrupted,
        advice: advice(&plan.version, refused),
    }
}

fn failed_steps<'a>(
    plan: &'a ReleasePlan,
    execution: &'a Execution<StepId>,
) -> Vec<(&'a ReleaseStep, &'a EndedStep)> {
    let ended = plan.steps.iter().filter_map(|step| Some((step, execution.step(&step.id())?)));
    ended.filter(|(_, ended)| ended.state == StepState::Failed).collect()
}

fn reported_step(step: &ReleaseStep, execution: &Execution<StepId>) -> ReportedStep {
    let ended = execution.step(&step.id());
    ReportedStep {
        step: step.id().to_string(),
        target: step.action.target(),
        state: ended.map_or(StepState::NotTried, |ended| ended.state),
        evidence: ended.map(|ended| ended.detail.clone()),
        seconds: ended.map(|ended| ended.seconds),
    }
}

fn advice(version: &ReleaseVersion, refused: bool) -> String {
    let withdraw = format!("`full-release {version} --abort` withdraws what can be withdrawn");
    if refused {
        return format!("the same command is refused until this is resolved; {withdraw}");
    }
    format!("`full-release {version}` resumes; {withdraw}")
}

/// Removes the local names that an interrupted build left behind.
async fn remove_local_images(release: &ReleaseContext<'_>) {
    let Ok(engine) = release.clients.engine().await else { return };
    let images = &release.project.configuration.images;
    for (image, name) in images.iter().zip(release.project.image_names()) {
        let Ok(local) = local_image_name(release, &name) else { continue };
        let platforms = image.platforms.iter().cloned().chain([image_ref::Platform::host()]);
        for platform in platforms {
            if let Ok(tag) = platform.to_string().replace('/', "-").parse() {
                // Most were never made, or are gone already.
                let _ = engine.images().untag(&local.tagged(tag)).await;
            }
        }
    }
}
