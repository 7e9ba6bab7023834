//! The plan and the final table for people and programs.

use release_plan::{Finding, ReleasePlan, Reversibility, Step};
use report::{Document, StepState, Table};
use serde_json::json;

use super::{
    execute::{Ended, Execution},
    release::Release,
};
use crate::{FailureKind, OperationError, Project, services::Services};

pub(crate) fn plan_document(plan: &ReleasePlan, findings: &[Finding]) -> Document {
    let list = |mark: &str| {
        findings.iter().map(|finding| format!("{mark}{finding}\n")).collect::<String>()
    };
    let human = format!(
        "{plan}{}",
        if findings.is_empty() { String::new() } else { format!("\nPreflight:\n{}", list("  ! ")) }
    );
    let markdown = format!("```text\n{plan}```\n\n{}", list("- "));
    Document { json: json!({ "plan": plan, "findings": findings }), human, markdown }
}

/// Every target with its state, evidence and time; then the links to review.
pub(crate) fn final_document(release: &Release<'_>, execution: &Execution) -> Document {
    let mut table = Table::new(&["target", "step", "state", "evidence", "time"]);
    let mut rows = Vec::new();
    for step in &release.plan.steps {
        let target = step.target().unwrap_or_else(|| "here".to_owned());
        let ended = execution.ended.get(&step.id);
        let (state, words, seconds) = shown(ended);
        let first_line = words.lines().next().unwrap_or_default().to_owned();
        table.row([
            target.clone(),
            step.title(),
            state.words().to_owned(),
            first_line,
            format!("{seconds:.1} s"),
        ]);
        rows.push(json!({
            "target": target, "step": step.id, "state": state, "evidence": words, "seconds": seconds,
        }));
    }
    let links = links(release.project, release.services, &release.plan.version);
    let version = release.plan.version;
    let shown_links: String = links.iter().map(|link| format!("  {link}\n")).collect();
    let listed: String = links.iter().map(|link| format!("- {link}\n")).collect();
    Document {
        json: json!({ "version": version, "steps": rows, "links": links }),
        human: format!("\n{}\nReview {version}:\n{shown_links}", table.human()),
        markdown: format!("## Release {version}\n\n{}\n{listed}", table.markdown()),
    }
}

fn shown(ended: Option<&Ended>) -> (StepState, String, f64) {
    ended.map_or((StepState::NotTried, String::new(), 0.0), |ended| {
        (ended.state, ended.words.clone(), ended.seconds)
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
    for image in &project.configuration.images {
        let filter = image.tags.first().and_then(|tag| tag.render(values).parse().ok());
        let page =
            filter.and_then(|tag| registry_dockerhub::hub::review_link(&image.repository, &tag));
        links.extend(page.map(|url| format!("{} tags: {url}", image.repository)));
    }
    links
}

/// What the execution comes to when it did not come to a whole release.
pub(crate) fn failure(release: &Release<'_>, execution: &Execution) -> Option<OperationError> {
    if execution.interrupted {
        return Some(OperationError::Interrupted);
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
    Some(OperationError::Steps {
        problem,
        kind: kind(release, execution, &failed),
        advice: format!(
            "`full-release {version}` goes on from here; `full-release {version} --abort` takes back what can be taken back"
        ),
    })
}

/// Whether a required step failed, so that the release is not whole.
pub(crate) fn stopped(release: &Release<'_>, execution: &Execution) -> bool {
    let failed = |step: &&Step| {
        execution.ended.get(&step.id).is_some_and(|ended| ended.state == StepState::Failed)
    };
    let required = |step: &Step| step.requirement == release_plan::Requirement::Required;
    release.plan.steps.iter().filter(failed).any(required)
}

/// Refused when running the same command again cannot help, whatever is public
/// by then; half-way when something public was done.
fn kind(release: &Release<'_>, execution: &Execution, failed: &[(&Step, &Ended)]) -> FailureKind {
    let is_public =
        |step: &&Step| !matches!(step.reversibility, Reversibility::Local | Reversibility::Check);
    let succeeded = |step: &Step| {
        execution.ended.get(&step.id).is_some_and(|ended| ended.state != StepState::Failed)
    };
    let public = release.plan.steps.iter().filter(is_public).any(succeeded);
    let refused = failed.iter().all(|(_, ended)| ended.refused);
    match (refused, public) {
        (true, _) => FailureKind::Refused,
        (false, true) => FailureKind::HalfWay,
        (false, false) => FailureKind::Failed,
    }
}
