use image_retention::FreedBytes;
use report::{Document, Table, bytes};

use crate::{DiskFigures, DiskReport, EngineReport, FreedReport};

/// Before and after, and the three figures of what was freed.
pub(super) fn add_disk(document: Document, report: &EngineReport) -> Document {
    let DiskReport { before, after: Some(after), freed: Some(freed), .. } = &report.disk else {
        return document;
    };
    let mut table = Table::new(&["disk", "before", "after"]);
    table.row(["images".to_owned(), before.images.to_string(), after.images.to_string()]);
    table.row(["image layers".to_owned(), optional(before.layers), optional(after.layers)]);
    table.row(["held by unused images".to_owned(), reclaimable(before), reclaimable(after)]);
    table.row(["build cache".to_owned(), bytes(before.build_cache), bytes(after.build_cache)]);
    if before.free.is_some() {
        let label = "free on the file system".to_owned();
        table.row([label, optional(before.free), optional(after.free)]);
    }
    document
        .heading(format!("Disk of {}", report.engine))
        .table(table)
        .list(freed_lines(freed, report.disk.is_in_virtual_machine))
}

fn optional(number: Option<u64>) -> String {
    number.map_or_else(|| "unknown".to_owned(), bytes)
}

fn reclaimable(figures: &DiskFigures) -> String {
    let range = byte_range(figures.reclaimable);
    match figures.layers {
        Some(layers) if layers > 0 => {
            let percent = figures.reclaimable.most.saturating_mul(100) / layers;
            format!("{range} ({percent} %)")
        }
        _ => range,
    }
}

fn freed_lines(freed: &FreedReport, is_in_virtual_machine: bool) -> Vec<String> {
    let engine = freed.engine.map_or_else(|| "unknown".to_owned(), signed_bytes);
    let file_system = match freed.file_system {
        Some(freed) => signed_bytes(freed),
        None if is_in_virtual_machine => "unknown, the engine runs in a virtual machine".to_owned(),
        None => "unknown, it is not accessible".to_owned(),
    };
    let lines = [
        format!("predicted from layers: {}", byte_range(freed.predicted)),
        format!("freed by the engine's figures: {engine}"),
        format!("freed on the file system: {file_system}"),
    ];
    let explained = freed.explained.iter().map(|reason| format!("why they differ: {reason}"));
    lines.into_iter().chain(explained).collect()
}

/// One figure, or two when it is not exactly known.
pub(super) fn byte_range(freed: FreedBytes) -> String {
    if freed.least == freed.most {
        return bytes(freed.least);
    }
    format!("{} to {}", bytes(freed.least), bytes(freed.most))
}

fn signed_bytes(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", bytes(number.unsigned_abs()))
}
