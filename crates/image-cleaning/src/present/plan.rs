use image_ref::Reference;
use image_retention::Target;
use report::{Document, Event, Reporter, Table, bytes};
use serde_json::json;

use super::summary::plan_summary;
use crate::{CleanPlan, EnginePlan};

/// Shows a plan as the final result.
pub(super) fn present_plan(plan: &CleanPlan, reporter: &Reporter) {
    reporter.emit(&Event::Plan(plan_document(plan)));
    report_plan_lines(plan, reporter);
}

/// Shows a plan that is carried out next; a written report repeats it.
pub(crate) fn present_plan_before_removal(plan: &CleanPlan, reporter: &Reporter) {
    reporter.emit(&Event::Plan(plan_document(plan).terminal_only()));
    report_plan_lines(plan, reporter);
}

fn plan_document(plan: &CleanPlan) -> Document {
    let document = Document::new(json!(plan)).markdown_only().list(unmatched_lines(plan));
    plan.engines.iter().fold(document.everywhere(), |document, engine| {
        let mut lines = container_lines(engine);
        lines.push(plan_summary(plan, engine));
        add_decisions(document, engine).markdown_only().list(lines).everywhere()
    })
}

/// The decisions about everything that was selected.
fn add_decisions(document: Document, plan: &EnginePlan) -> Document {
    let mut table = Table::new(&["action", "size", "image", "why"]);
    for explained in &plan.decisions {
        let decision = &explained.decision;
        if decision.is_unselected() {
            continue;
        }
        let action = if decision.is_removal() { "remove" } else { "keep" };
        let why = without_repository(&explained.why, decision.reference());
        table.row([action.to_owned(), bytes(decision.size), target_name(&decision.target), why]);
    }
    if table.is_empty() {
        return document;
    }
    document.heading(&plan.engine).table(table)
}

fn target_name(target: &Target) -> String {
    match target {
        Target::Reference(reference) => reference.to_string(),
        Target::ImageId(id) => format!("<none> {}", id.short()),
    }
}

/// The reason, without the repository that the same line names already.
pub(super) fn without_repository(why: &str, reference: Option<&Reference>) -> String {
    match reference {
        Some(reference) => why.replace(&format!(" {}:", reference.repository()), " "),
        None => why.to_owned(),
    }
}

fn report_plan_lines(plan: &CleanPlan, reporter: &Reporter) {
    unmatched_lines(plan).into_iter().for_each(|line| reporter.info(line));
    for engine in &plan.engines {
        container_lines(engine).into_iter().for_each(|line| reporter.info(line));
        let summary = plan_summary(plan, engine);
        if engine.removes_images() { reporter.info(summary) } else { reporter.ok(summary) }
    }
}

/// Patterns without a match may be mistakes.
fn unmatched_lines(plan: &CleanPlan) -> Vec<String> {
    let patterns = plan.unmatched_patterns.iter();
    patterns.map(|pattern| format!("no image of {} matches `{pattern}`", plan.subject)).collect()
}

/// Stopped containers that are removed first, or that alone keep images.
fn container_lines(plan: &EnginePlan) -> Vec<String> {
    let mut lines: Vec<String> = plan
        .containers_to_remove
        .iter()
        .map(|container| {
            format!("to remove first: container {} ({})", container.name, container.state)
        })
        .collect();
    if !plan.blocking_containers.is_empty() {
        lines.push(format!(
            "only stopped containers keep some images; `docker rm {}` or --with-stopped-containers \
             removes these containers",
            plan.blocking_containers.join(" ")
        ));
    }
    lines
}
