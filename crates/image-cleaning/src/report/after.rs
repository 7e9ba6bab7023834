use std::collections::BTreeMap;

use image_retention::Decision;
use report::{Document, Table, bytes};
use serde_json::{Value, json};

use super::before;
use crate::{
    apply::{Done, Outcome},
    observed::Planned,
    section::{Section, name},
};

/// One thing that stayed, and why.
struct Kept<'a> {
    decision: &'a Decision,
    why: String,
}

fn removed<'a>(planned: &'a Planned, section: &'a Section) -> Vec<(&'a Done, &'a Decision)> {
    let decisions = planned.plan.removals();
    let decisions: BTreeMap<_, _> =
        decisions.map(|one| ((one.reference(), &one.image), one)).collect();
    let removed = section.done.iter().filter(|done| done.outcome == Outcome::Removed);
    let decided = removed
        .filter_map(|done| Some((done, *decisions.get(&(done.reference.as_ref(), &done.image))?)));
    decided.collect()
}

pub(super) fn removed_json(planned: &Planned, section: &Section) -> Vec<Value> {
    let value = |(done, decision): (&Done, &Decision)| {
        json!({
            "reference": done.reference,
            "image": done.image,
            "size": decision.size,
            "reason": decision.verdict,
            "why": decision.verdict.to_string(),
        })
    };
    removed(planned, section).into_iter().map(value).collect()
}

/// The table of what went, for a written report; a terminal saw it as plan.
pub(super) fn add_removed(document: Document, planned: &Planned, section: &Section) -> Document {
    let mut table = Table::new(&["size", "removed", "why"]);
    for (done, decision) in removed(planned, section) {
        table.row([bytes(decision.size), name(done), before::why(decision)]);
    }
    let document = document.heading(format!("Removed from {}", planned.view.title()));
    let document = if table.is_empty() {
        document.list(vec!["nothing".to_owned()])
    } else {
        document.table(table)
    };
    let container = |name: &String| format!("container {name}, which was stopped");
    document.list(section.containers.iter().map(container).collect())
}

fn kept<'a>(planned: &'a Planned, section: &Section) -> Vec<Kept<'a>> {
    let outcomes: BTreeMap<_, _> =
        section.done.iter().map(|done| ((&done.reference, &done.image), &done.outcome)).collect();
    let shown = planned.plan.decisions.iter().filter(|decision| before::is_shown(decision));
    let kept = shown.filter_map(|decision| {
        let reference = decision.reference().cloned();
        let why = match outcomes.get(&(&reference, &decision.image)) {
            Some(Outcome::Removed | Outcome::Gone) => return None,
            Some(Outcome::Kept(why)) => why.clone(),
            Some(Outcome::Failed(why)) => why.clone(),
            Some(Outcome::NotTried) => "not tried".to_owned(),
            None if decision.is_removal() => "not tried".to_owned(),
            None => decision.verdict.to_string(),
        };
        Some(Kept { decision, why })
    });
    kept.collect()
}

pub(super) fn kept_json(planned: &Planned, section: &Section) -> Vec<Value> {
    let value = |kept: Kept<'_>| {
        json!({
            "reference": kept.decision.reference(),
            "image": kept.decision.image,
            "size": kept.decision.size,
            "reason": kept.decision.verdict,
            "why": kept.why,
        })
    };
    self::kept(planned, section).into_iter().map(value).collect()
}

/// The list of what is there afterwards.
pub(super) fn add_kept(document: Document, planned: &Planned, section: &Section) -> Document {
    let mut table = Table::new(&["size", "still there", "why"]);
    for kept in kept(planned, section) {
        let decision = kept.decision;
        table.row([bytes(decision.size), before::name(&decision.target), kept.why]);
    }
    if table.is_empty() {
        return document;
    }
    document.heading(format!("Kept in {}", planned.view.title())).table(table)
}
