//! The plan and the final table for people and programs.

use release_plan::{Finding, ReleasePlan, Requirement, Step};
use report::{Document, StepState, Table};
use serde_json::json;

use super::{
    execute::{Ended, Execution},
    release::Release,
};
use operation::{FailureKind, OperationError};

use crate::{Project, ReleaseError, clients::Services};

pub(crate) fn plan_document(plan: &ReleasePlan, findings: &[Finding]) -> Document {
    let document = Document::new(json!({ "plan": plan, "findings": findings }));
    let document = document.text(plan.to_string());
    match findings {
        [] => document,
        some => document.heading("Preflight").list(some.iter().map(marked).collect()),
    }
}

fn marked(finding: &Finding) -> String {
    format!("{}: {finding}", if finding.blocks() { "stands in the way" } else { "warning" })
}

/// Every target with its state, evidence and time; then the links to review.
pub(crate) fn final_document(release: &Release<'_>, execution: &Execution) -> Document {
    let mut table = Table::new(&["target", "state", "time", "evidence"]);
    for (target, steps) in by_target(release.plan) {
        let ended: Vec<Option<&Ended>> =
            steps.iter().map(|step| execution.ended.get(&step.id)).collect();
        let seconds = ended.iter().flatten().fold(0.0, |sum, ended| sum + ended.seconds);
        table.row([
            target,
            target_state(&ended).to_owned(),
            format!("{seconds:.1} s"),
            evidence(&ended),
        ]);
    }
    let steps: Vec<_> = release.plan.steps.iter().map(|step| step_json(step, execution)).collect();
    let links = links(release.project, release.services, &release.plan.version);
    let version = release.plan.version;
    let document = Document::new(json!({ "version": version, "steps": steps, "links": links }));
    let document = document.heading(format!("Release {version}")).table(table);
    if links.is_empty() {
        document
    } else {
        document.heading(format!("Review {version}")).list(links)
    }
}

/// The steps of each target, in the order in which targets first appear.
fn by_target(plan: &ReleasePlan) -> Vec<(String, Vec<&Step>)> {
    let mut targets: Vec<(String, Vec<&Step>)> = Vec::new();
    for step in &plan.steps {
        let name = step.target().unwrap_or_else(|| "project".to_owned());
        match targets.iter_mut().find(|(known, _)| *known == name) {
            Some((_, steps)) => steps.push(step),
            None => targets.push((name, vec![step])),
        }
    }
    targets
}

/// The state of a target: the worst of its steps.
fn target_state(ended: &[Option<&Ended>]) -> &'static str {
    let any = |state| ended.iter().flatten().any(|ended| ended.state == state);
    let all = |state| ended.iter().all(|ended| ended.is_some_and(|ended| ended.state == state));
    match () {
        () if any(StepState::Failed) => StepState::Failed.words(),
        () if ended.iter().all(Option::is_none) => StepState::NotTried.words(),
        () if ended.iter().any(Option::is_none) => "unfinished",
        () if all(StepState::AlreadyDone) => StepState::AlreadyDone.words(),
        () => StepState::Done.words(),
    }
}

/// What each step of a target showed, a line each.
fn evidence(ended: &[Option<&Ended>]) -> String {
    let first_line = |ended: &Ended| ended.words.lines().next().unwrap_or_default().to_owned();
    let lines =
        ended.iter().flatten().map(|ended| first_line(ended)).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn step_json(step: &Step, execution: &Execution) -> serde_json::Value {
    let ended = execution.ended.get(&step.id);
    json!({
        "step": step.id,
        "target": step.target(),
        "state": ended.map_or(StepState::NotTried, |ended| ended.state),
        "evidence": ended.map(|ended| &ended.words),
        "seconds": ended.map(|ended| ended.seconds),
    })
}

/// Pages on which a person reviews the release, as the original script printed
/// them: index release pages, tag pages filtered by name, index histories.
pub(crate) fn links(
    project: &Project,
    services: &Services,
    version: &release_version::ReleaseVersion,
) -> Vec<String> {
    let mut links = Vec::new();
    if let Some(package) = &project.package {
        let name = package.pyproject.normalized_name();
        for reader in services.indexes.values() {
            let pages = registry_pypi::links::review(reader.endpoints(), &name, &version.pep440());
            links.extend(pages.into_iter().map(|link| format!("{}: {}", link.label, link.url)));
        }
    }
    let values = release_version::TemplateValues { version, commit: "" };
    let elsewhere =
        |image: &configuration::Image| project.registry(&image.repository).url.is_some();
    for image in project.configuration.images.iter().filter(|image| !elsewhere(image)) {
        let filter = image.tags.first().and_then(|tag| tag.render(values).parse().ok());
        let page =
            filter.and_then(|tag| registry_dockerhub::hub::review_link(&image.repository, &tag));
        links.extend(page.map(|url| format!("{} tags: {url}", image.repository)));
    }
    links
}

/// What the execution comes to when it did not come to a whole release.
pub(crate) fn failure(release: &Release<'_>, execution: &Execution) -> Option<ReleaseError> {
    if execution.interrupted {
        return Some(OperationError::Interrupted.into());
    }
    let version = release.plan.version;
    let failed: Vec<(&Step, &Ended)> = release
        .plan
        .steps
        .iter()
        .filter_map(|step| Some((step, execution.ended.get(&step.id)?)))
        .filter(|(_, ended)| ended.state == StepState::Failed)
        .collect();
    if failed.is_empty() {
        return None;
    }
    let names: Vec<String> =
        failed.iter().map(|(step, _)| format!("\"{}\"", step.title())).collect();
    let problem = if stopped(release, execution) {
        format!("the release of {version} stopped: {} failed", names.join(", "))
    } else {
        format!("{version} is released, except for the optional {}", names.join(", "))
    };
    Some(ReleaseError::Steps {
        problem,
        kind: kind(release, execution, &failed),
        advice: advice(release, &failed),
    })
}

fn advice(release: &Release<'_>, failed: &[(&Step, &Ended)]) -> String {
    let version = release.plan.version;
    let back = format!("`full-release {version} --abort` takes back what can be taken back");
    if failed.iter().all(|(_, ended)| ended.refused) {
        return format!("the same command will be refused again until that is settled; {back}");
    }
    format!("`full-release {version}` goes on from here; {back}")
}

/// Whether something required did not come to a good end, so that the release
/// is not whole.
pub(crate) fn stopped(release: &Release<'_>, execution: &Execution) -> bool {
    let well = |step: &Step| {
        execution.ended.get(&step.id).is_some_and(|ended| ended.state != StepState::Failed)
    };
    let mut required =
        release.plan.steps.iter().filter(|step| step.requirement == Requirement::Required);
    required.any(|step| !well(step))
}

/// Refused when running the same command again cannot help, whatever is public
/// by then; half-way when something public was done, now or before.
fn kind(release: &Release<'_>, execution: &Execution, failed: &[(&Step, &Ended)]) -> FailureKind {
    if !stopped(release, execution) {
        return FailureKind::HalfWay;
    }
    let refused = failed.iter().all(|(_, ended)| ended.refused);
    match (refused, release.has_published()) {
        (true, _) => FailureKind::Refused,
        (false, true) => FailureKind::HalfWay,
        (false, false) => FailureKind::Failed,
    }
}
