//! What people and programs are told: the plan, and what came of it.

use ::report::{Document, Reporter, Table};
use compose::down::DownPlan;
use serde_json::{Value, json};

use super::{
    outcome::{Outcome, Still, Way},
    target::Target,
};
use operation::{Environment, OperationError, counted};

use crate::LifecycleError;

/// That nothing is there to take down.
pub(super) fn nothing(target: &Target) -> String {
    format!("nothing to do: no containers and no networks of {} are there", target.words())
}

/// That a plan does nothing, although there may be something.
pub(super) fn nothing_goes(target: &Target, plan: &DownPlan) -> String {
    match plan.leftovers.len() {
        0 => nothing(target),
        _ => format!("nothing to do: `down` takes nothing of {} that is there", target.words()),
    }
}

/// Every step of a run in its order, and what stays.
pub(super) fn plan(target: &Target, plan: &DownPlan) -> Document {
    let json = json!({ "project": target.name, "files": files(target), "plan": plan });
    let mut steps = Table::new(&["step", "what", "now"]);
    for service in &plan.services {
        for one in &service.containers {
            let what = format!("stop and remove container {}", one.name);
            steps.row([(service.level + 1).to_string(), what, one.state.clone()]);
        }
    }
    let last = plan.services.iter().map(|one| one.level + 1).max().unwrap_or_default();
    for one in &plan.networks {
        let now = match one.held_by.as_slice() {
            [] => String::new(),
            by => format!("stays: held by {}", by.join(", ")),
        };
        steps.row([(last + 1).to_string(), format!("remove network {}", one.network.name), now]);
    }
    for one in &plan.volumes {
        let what = format!("remove volume {}", one.name);
        steps.row([(last + 1).to_string(), what, "with its data".to_owned()]);
    }
    let mut document = Document::new(json);
    if steps.is_empty() {
        document = document.in_writing().list(vec![nothing_goes(target, plan)]).for_everybody();
    } else {
        document = document.heading(format!("Plan: {} down", target.words())).table(steps);
    }
    let mut stays = Table::new(&["what stays", "taken by", "why"]);
    for left in &plan.leftovers {
        let by = if left.reason.is_removed_by_everything() { "--everything" } else { "" };
        let what = format!("{} {}", left.kind, left.name);
        stays.row([what, by.to_owned(), left.reason.to_string()]);
    }
    if stays.is_empty() { document } else { document.heading("Stays").table(stays) }
}

/// Tells how a project went; the error, if it did not go well.
pub(super) fn tell(environment: &Environment, outcome: &Outcome) -> Option<LifecycleError> {
    let reporter = &environment.reporter;
    let name = &outcome.target.name;
    outcome.target.warn_as_compose(reporter);
    if outcome.way == Way::Nothing {
        reporter.ok(nothing(&outcome.target));
        return None;
    }
    let removed = removed(outcome);
    if outcome.interrupted {
        reporter.warn(format!("project {name}: interrupted; removed so far: {removed}"));
        reporter.info("the engine goes on to stop what it was told to stop");
        return Some(OperationError::Interrupted.into());
    }
    let unfinished = outcome.unfinished();
    if unfinished.is_empty() && outcome.problems.is_empty() {
        tell_down(reporter, name, &removed, outcome.running().len());
        return None;
    }
    let left: Vec<String> = unfinished.iter().map(words).collect();
    let left = (!left.is_empty()).then(|| format!("left: {}", left.join(", ")));
    let problems: Vec<String> = outcome.problems.iter().cloned().chain(left).collect();
    let changed = outcome.has_changed();
    Some(LifecycleError::NotDown { project: name.clone(), problems, changed })
}

/// What `down` does not take may run on.
fn tell_down(reporter: &Reporter, name: &str, removed: &str, running: usize) {
    if running == 0 {
        return reporter.ok(format!("project {name} is down; removed: {removed}"));
    }
    reporter.ok(format!("project {name}: what `down` takes is gone; removed: {removed}"));
    let running = counted(running, "container");
    reporter.warn(format!("still running in project {name}: {running}; --everything takes all"));
}

/// Such as `2 containers, 1 network`.
fn removed(outcome: &Outcome) -> String {
    let counts = [
        (outcome.removed_containers().len(), "container"),
        (outcome.removed_networks().len(), "network"),
        (outcome.removed_volumes().len(), "volume"),
    ];
    let counted = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what));
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { "nothing".to_owned() } else { counted.join(", ") }
}

fn words(still: &Still) -> String {
    match &still.state {
        Some(state) => format!("{} {} ({state})", still.kind, still.name),
        None => format!("{} {}", still.kind, still.name),
    }
}

/// What came of all projects, by what the engine has afterwards.
pub(super) fn document(outcomes: &[Outcome]) -> Document {
    let projects: Vec<Value> = outcomes.iter().map(project_json).collect();
    let mut document = Document::new(json!({ "projects": projects })).in_writing();
    document = document.heading("Removed");
    let removed = removed_table(outcomes);
    document = match removed.is_empty() {
        true => document.list(vec!["nothing".to_owned()]),
        false => document.table(removed),
    };
    document = document.for_everybody();
    let left = left_table(outcomes);
    if !left.is_empty() {
        document = document.heading("Leftover").table(left);
    }
    for outcome in outcomes.iter().filter(|one| !one.after.volumes.is_empty()) {
        let names: Vec<&str> = outcome.after.volumes.iter().map(|one| one.name.as_str()).collect();
        let name = &outcome.target.name;
        document = document.text(format!("Volumes of {name} that stay: {}", names.join(", ")));
    }
    still_running(document, outcomes)
}

fn removed_table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new(&["project", "what"]);
    for outcome in outcomes {
        let of = |kind: &str, names: Vec<&str>| -> Vec<String> {
            names.into_iter().map(|name| format!("{kind} {name}")).collect()
        };
        let all = [
            of("container", outcome.removed_containers()),
            of("network", outcome.removed_networks()),
            of("volume", outcome.removed_volumes()),
        ];
        for what in all.concat() {
            table.row([outcome.target.name.clone(), what]);
        }
    }
    table
}

fn left_table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new(&["what is left", "taken by", "why"]);
    for outcome in outcomes {
        for one in outcome.unfinished().iter().chain(&outcome.left()) {
            table.row([words(one), one.taken_by.unwrap_or_default().to_owned(), one.why.clone()]);
        }
    }
    table
}

fn still_running(document: Document, outcomes: &[Outcome]) -> Document {
    let mut table = Table::new(&["container", "service", "state"]);
    for one in outcomes.iter().flat_map(Outcome::running) {
        table.row([one.name.as_str(), one.service(), one.state.as_str()]);
    }
    if !table.is_empty() {
        return document.heading("Still running").table(table);
    }
    let names: Vec<&str> = outcomes.iter().map(|one| one.target.name.as_str()).collect();
    document.text(format!("No container of {} is running.", names.join(", ")))
}

fn project_json(outcome: &Outcome) -> Value {
    let still = |all: Vec<Still>| -> Vec<Value> {
        let one = |one: &Still| {
            json!({
                "kind": one.kind, "name": one.name, "state": one.state,
                "why": one.why, "taken-by": one.taken_by,
            })
        };
        all.iter().map(one).collect()
    };
    let volumes: Vec<&str> = outcome.after.volumes.iter().map(|one| one.name.as_str()).collect();
    json!({
        "project": outcome.target.name,
        "files": files(&outcome.target),
        "way": outcome.way.words(),
        "interrupted": outcome.interrupted,
        "removed": {
            "containers": outcome.removed_containers(),
            "networks": outcome.removed_networks(),
            "volumes": outcome.removed_volumes(),
        },
        "unfinished": still(outcome.unfinished()),
        "left": still(outcome.left()),
        "running": outcome.running(),
        "volumes": volumes,
        "problems": outcome.problems,
    })
}

fn files(target: &Target) -> Vec<String> {
    let files = target.project.iter().flat_map(|project| &project.files);
    files.map(|file| file.display().to_string()).collect()
}
