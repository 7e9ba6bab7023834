//! Plan and outcome for people and programs.

use std::collections::BTreeMap;

use image_ref::{Digest, Reference};
use report::{Document, Table};
use serde_json::{Value, json};

use super::{
    change::Change,
    comparison::Reason,
    outcome::{Outcome, Row, Verdict},
    plan::{Measure, ProjectPlan, ServicePlan, Why},
};

/// What Compose would do with containers, by their names; or why it is not known.
pub(super) type Foreseen = Result<BTreeMap<String, &'static str>, String>;

/// What is served, what is here, and what is about to be done.
pub(super) fn plan(plans: &[ProjectPlan], foreseen: &[Foreseen]) -> Document {
    let json = json!({ "projects": plans.iter().enumerate().map(|(index, plan)| json!({
        "name": plan.project.name,
        "files": plan.project.files,
        "services": plan.services.iter().map(|(name, service)| planned(name, service)).collect::<Vec<_>>(),
        "containers": foreseen.get(index).map(|foreseen| match foreseen {
            Ok(acts) => json!(acts),
            Err(reason) => json!({ "unknown": reason }),
        }),
    })).collect::<Vec<_>>() });
    let mut document = Document::new(json);
    for (index, plan) in plans.iter().enumerate() {
        let mut table = Table::new(&["service", "image", "what starts"]);
        for (name, service) in &plan.services {
            let image = service.reference.as_ref().map(Reference::to_string).unwrap_or_default();
            table.row([name.clone(), image, starts(service)]);
        }
        document = document.heading(format!("Plan for {}", plan.project.name)).table(table);
        if let Some(foreseen) = foreseen.get(index) {
            document = document.text("docker compose would:").list(acts(foreseen));
        }
    }
    document
}

fn acts(foreseen: &Foreseen) -> Vec<String> {
    match foreseen {
        Ok(acts) if acts.is_empty() => vec!["do nothing".to_owned()],
        Ok(acts) => acts.iter().map(|(name, act)| format!("{act}: {name}")).collect(),
        Err(reason) => vec![format!("not known: {reason}")],
    }
}

fn planned(name: &str, service: &ServicePlan) -> Value {
    json!({
        "service": name,
        "image": service.reference,
        "served": service.served(),
        "not_compared": match &service.measure {
            Measure::Served(_) => None,
            Measure::Nothing(why) => Some(why),
        },
        "here": service.here.as_ref().map(|here| json!({
            "id": here.id, "digests": here.digests,
        })),
        "pull": service.pull().map(Reason::word),
    })
}

/// The last column: it is broken between words where the terminal is narrow.
fn starts(service: &ServicePlan) -> String {
    let older = service.here.as_ref().and_then(|here| here.digests.first());
    let digest = match &service.measure {
        Measure::Nothing(why) => return with_digest(older, *why),
        Measure::Served(digest) => digest.short(),
    };
    let here = match (service.pull(), older) {
        (None, _) => return format!("{digest}, here as served"),
        (Some(Reason::Missing), _) => "missing here".to_owned(),
        (Some(Reason::OtherPlatform), _) => "here for another platform".to_owned(),
        (Some(Reason::Differs), None) => "here is one that no registry served".to_owned(),
        (Some(Reason::Differs), Some(older)) => format!("here is {}", older.short()),
    };
    format!("{digest}, to be pulled: {here}")
}

fn with_digest(digest: Option<&Digest>, why: Why) -> String {
    let words = format!("{}; not compared", why.words());
    digest.map_or_else(|| words.clone(), |digest| format!("{} ({words})", digest.short()))
}

/// What every container runs now.
pub(super) fn outcome(outcomes: &[Outcome]) -> Document {
    let mut document = Document::new(json!({ "projects": outcomes }));
    for outcome in outcomes {
        let mut table = Table::new(&["service", "state", "runs"]);
        for row in &outcome.rows {
            let state = format!("{}, {}", row.change, row.state);
            table.row([outcome.label(row), state, runs_words(row)]);
        }
        for service in &outcome.without_container {
            table.row([service.as_str(), "no container", "-"]);
        }
        let gone = outcome.gone.iter().map(|name| format!("removed: {name}")).collect();
        document =
            document.heading(format!("Containers of {}", outcome.project)).table(table).list(gone);
    }
    document
}

fn runs_words(row: &Row) -> String {
    match row.verdict {
        Verdict::Served => format!("{}, as served", row.runs_words()),
        Verdict::Differs => format!("{}, NOT as served", row.runs_words()),
        Verdict::Unknown => "an image that is gone".to_owned(),
        Verdict::NotSelected => "not asked for; not compared".to_owned(),
        Verdict::NotCompared(why) => with_digest(row.runs.as_ref(), why),
    }
}

/// One line about a project that came out well.
pub(super) fn summary(outcome: &Outcome, worked: bool) -> String {
    let name = &outcome.project;
    let proved = outcome.rows.iter().filter(|row| row.verdict == Verdict::Served).count();
    let all = outcome.rows.len();
    let runs = match (proved, all) {
        (_, 0) => "no service has a container".to_owned(),
        (0, _) => "no container was compared with a registry".to_owned(),
        (1, 1) => "1 container runs what the registry serves".to_owned(),
        (proved, all) if proved == all => format!("{all} containers run what the registry serves"),
        (proved, all) => format!(
            "{proved} of {all} containers run what the registry serves, the others were not compared"
        ),
    };
    if !worked && !outcome.changed() {
        return format!("{name}: nothing to do: {runs}");
    }
    let words: Vec<String> =
        [Change::Created, Change::Recreated, Change::Started, Change::Unchanged]
            .into_iter()
            .filter_map(|change| changed(outcome, change))
            .collect();
    format!("{name}: {runs}; {}", words.join("; "))
}

/// `recreated: web, worker`.
fn changed(outcome: &Outcome, change: Change) -> Option<String> {
    let mut services: Vec<&str> = outcome
        .rows
        .iter()
        .filter(|row| row.change == change)
        .map(|row| row.service.as_str())
        .collect();
    services.dedup();
    (!services.is_empty()).then(|| format!("{change}: {}", services.join(", ")))
}
