use ::report::{Document, Event, Reporter, Table, bytes};
use image_ref::{ImageId, Reference};
use serde_json::json;

use super::{
    disk::add_disk,
    plan::without_repository,
    summary::{report_summary, unplanned},
};
use crate::{CleanReport, EngineReport, KeptItem, KeptReason, RestoreHint};

/// Shows a report; nothing without engines: then the plan was shown as the result.
pub(super) fn present_report(report: &CleanReport, reporter: &Reporter) {
    if report.engines.is_empty() {
        return;
    }
    reporter.emit(&Event::Report(report_document(report)));
    for engine in &report.engines {
        report_engine_lines(&report.subject, engine, reporter);
    }
}

fn report_document(report: &CleanReport) -> Document {
    let document = report.engines.iter().fold(Document::new(json!(report)), |document, engine| {
        let document = add_removed(document.markdown_only(), engine).everywhere();
        let document = add_kept(document, engine);
        let document = add_versions(add_disk(document, engine), engine);
        add_checks(add_restoration(document.markdown_only(), engine), engine).everywhere()
    });
    add_cluster_images(document, report)
}

/// The removals, for a written report only: a terminal has shown the plan.
fn add_removed(document: Document, report: &EngineReport) -> Document {
    let mut table = Table::new(&["size", "removed", "why"]);
    for item in &report.removed {
        let name = item_name(item.reference.as_ref(), &item.image);
        let why = without_repository(&item.why, item.reference.as_ref());
        table.row([bytes(item.size), name, why]);
    }
    let document = document.heading(format!("Removed from {}", report.engine));
    let document = if table.is_empty() {
        document.list(vec!["nothing".to_owned()])
    } else {
        document.table(table)
    };
    let containers = report.removed_containers.iter();
    document.list(containers.map(|name| format!("stopped container {name}")).collect())
}

fn add_kept(document: Document, report: &EngineReport) -> Document {
    if report.kept.is_empty() {
        return document;
    }
    let mut table = Table::new(&["size", "kept", "why"]);
    for item in &report.kept {
        let name = item_name(item.reference.as_ref(), &item.image);
        table.row([bytes(item.size), name, item.why.clone()]);
    }
    document.heading(format!("Kept in {}", report.engine)).table(table)
}

/// As `docker images` shows it.
fn item_name(reference: Option<&Reference>, image: &ImageId) -> String {
    match reference {
        Some(reference) => reference.to_string(),
        None => format!("<none> {}", image.short()),
    }
}

fn add_versions(document: Document, report: &EngineReport) -> Document {
    if report.versions.is_empty() {
        return document;
    }
    let mut table = Table::new(&["service", "repository", "deployed", "removed versions"]);
    for versions in &report.versions {
        table.row([
            versions.service.clone().unwrap_or_else(|| "-".to_owned()),
            versions.repository.to_string(),
            join_first(&versions.deployed),
            join_first(&versions.removed),
        ]);
    }
    document.heading("Versions").table(table)
}

/// Versions displayed in a cell; machine output has all of them.
const DISPLAYED_VERSIONS: usize = 6;

fn join_first(versions: &[String]) -> String {
    match versions.len() {
        0 => "-".to_owned(),
        1..=DISPLAYED_VERSIONS => versions.join(", "),
        count => {
            let first = versions[..DISPLAYED_VERSIONS].join(", ");
            format!("{first} and {} more", count - DISPLAYED_VERSIONS)
        }
    }
}

fn add_restoration(document: Document, report: &EngineReport) -> Document {
    if report.restore.is_empty() {
        return document;
    }
    let lines = report.restore.iter().map(restore_line);
    document.heading("How to restore removed images").list(lines.collect())
}

fn restore_line(restore: &RestoreHint) -> String {
    let hint = &restore.hint;
    let names: Vec<String> = hint.references.iter().map(ToString::to_string).collect();
    let name = if names.is_empty() { hint.image.short().to_owned() } else { names.join(", ") };
    let mut alternatives = Vec::new();
    if let Some(digest) = hint.digests.first() {
        alternatives.push(format!("docker pull {digest}"));
    }
    if let Some(source) = &hint.source {
        let revision = hint.revision.as_ref().map(|commit| format!(" at {commit}"));
        alternatives.push(format!("build {source}{}", revision.unwrap_or_default()));
    }
    if let Some(service) = &restore.compose_service {
        alternatives.push(format!("docker compose build {service}"));
    }
    if alternatives.is_empty() {
        return format!("{name}: no registry, source or service is known; build it by hand");
    }
    format!("{name}: {}", alternatives.join(", or "))
}

fn add_checks(document: Document, report: &EngineReport) -> Document {
    let mut lines = if report.differences.is_empty() {
        vec![check_line(report.checked_containers)]
    } else {
        report.differences.iter().map(|text| format!("DIFFERENCE: {text}")).collect()
    };
    lines.extend(report.notes.iter().cloned());
    lines.extend(report.advice.iter().cloned());
    document.heading("Verification and maintenance").list(lines)
}

fn check_line(checked_containers: Option<usize>) -> String {
    match checked_containers {
        None => "the engine could not be checked afterwards".to_owned(),
        Some(0) => "there are no containers".to_owned(),
        Some(1) => "1 container was checked: it still has its image".to_owned(),
        Some(count) => format!("{count} containers were checked: all still have their images"),
    }
}

fn add_cluster_images(document: Document, report: &CleanReport) -> Document {
    if report.queried_clusters == 0 {
        return document;
    }
    let mut table = Table::new(&["cluster", "image", "used by", "kept in"]);
    for image in &report.clusters {
        let engines = if image.engines.is_empty() {
            "another engine".to_owned()
        } else {
            image.engines.join(", ")
        };
        let users = image.used_by.to_string();
        table.row([image.cluster.clone(), image.image.clone(), users, engines]);
    }
    document.markdown_only().heading("Images of pods and workloads").table(table).everywhere()
}

/// The last lines: removals that did not happen, and a summary.
fn report_engine_lines(subject: &str, report: &EngineReport, reporter: &Reporter) {
    let mut items: Vec<&KeptItem> = report.kept.iter().collect();
    items.sort_by_key(|item| (&item.reference, &item.image));
    for item in items {
        let name = item_name(item.reference.as_ref(), &item.image);
        match item.kept {
            KeptReason::InUse => reporter.warn(format!("{name} was kept: {}", item.why)),
            KeptReason::Failed => reporter.warn(format!("{name} was not removed: {}", item.why)),
            KeptReason::Planned | KeptReason::NotAttempted => {}
        }
    }
    report.notes.iter().for_each(|note| reporter.warn(note));
    let summary = report_summary(subject, report);
    if unplanned(report) == 0 { reporter.ok(summary) } else { reporter.warn(summary) }
}
