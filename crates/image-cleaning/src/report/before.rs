use image_retention::{Decision, KeepReason, RetentionVerdict, Target};
use report::{Document, Table, bytes};
use serde_json::{Value, json};

use crate::observed::Planned;

pub(super) fn json(planned: &Planned) -> Value {
    let stopped: Vec<&str> = planned.stopped.iter().map(|one| one.name.as_str()).collect();
    json!({
        "engine": planned.view.title(),
        "decisions": planned.plan.decisions.iter().map(decision).collect::<Vec<_>>(),
        "containers-removed-first": stopped,
        "predicted": planned.freed,
    })
}

fn decision(decision: &Decision) -> Value {
    let mut value = json!(decision);
    value["why"] = decision.verdict.to_string().into();
    value
}

/// The list of what is there, each line with what happens and why.
pub(super) fn add(document: Document, planned: &Planned) -> Document {
    let mut table = Table::new(&["what", "size", "image", "why"]);
    for decision in planned.plan.decisions.iter().filter(|one| is_shown(one)) {
        let what = if decision.is_removal() { "remove" } else { "keep" };
        let (name, why) = (name(&decision.target), why(decision));
        table.row([what.to_owned(), bytes(decision.size), name, why]);
    }
    if table.is_empty() {
        return document;
    }
    document.heading(planned.view.title()).table(table)
}

/// The reason, without the repository where the line names it already.
pub(super) fn why(decision: &Decision) -> String {
    let reason = decision.verdict.to_string();
    match decision.reference() {
        Some(reference) => reason.replace(&format!(" {}:", reference.repository()), " "),
        None => reason,
    }
}

/// What was not asked about is not listed.
pub(crate) fn is_shown(decision: &Decision) -> bool {
    !matches!(&decision.verdict, RetentionVerdict::Keep(reasons)
        if reasons.iter().all(|reason| *reason == KeepReason::NotSelected))
}

/// As `docker images` shows it.
pub(super) fn name(target: &Target) -> String {
    match target {
        Target::Reference(reference) => reference.to_string(),
        Target::ImageId(id) => format!("<none> {}", id.short()),
    }
}
