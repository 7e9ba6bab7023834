use image_retention::{EngineState, FreedBytes};
use report::{Document, Table, bytes};
use serde_json::{Value, json};

use crate::{
    disk::{Disk, in_virtual_machine},
    observed::Planned,
    section::{After, Section},
};

/// The engine's disk in figures.
struct Figures {
    images: usize,
    layers: Option<u64>,
    reclaimable: FreedBytes,
    build_cache: u64,
    free: Option<u64>,
}

impl Figures {
    fn before(planned: &Planned) -> Self {
        let observed = &planned.view.observed;
        Self::new(observed.images.len(), &planned.view.disk, planned.reclaimable(observed))
    }

    fn after(planned: &Planned, after: &After) -> Self {
        let there: std::collections::BTreeSet<_> =
            after.images.iter().map(|image| &image.id).collect();
        let images = planned.view.observed.images.iter();
        let images = images.filter(|image| there.contains(&image.id)).cloned().collect();
        let observed = EngineState { images, uses: planned.view.observed.uses.clone() };
        Self::new(after.images.len(), &after.disk, planned.reclaimable(&observed))
    }

    fn new(images: usize, disk: &Disk, reclaimable: FreedBytes) -> Self {
        let build_cache = disk.usage.build_cache.iter().map(|record| record.size).sum();
        Self { images, layers: disk.usage.layers, reclaimable, build_cache, free: disk.free }
    }

    fn json(&self) -> Value {
        json!({
            "images": self.images,
            "layers": self.layers,
            "reclaimable": self.reclaimable,
            "build-cache": self.build_cache,
            "free": self.free,
        })
    }

    fn reclaimable(&self) -> String {
        let share = self.layers.filter(|&layers| layers > 0);
        let share = share.map(|layers| self.reclaimable.most.saturating_mul(100) / layers);
        let range = range(self.reclaimable);
        share.map_or_else(|| range.clone(), |percent| format!("{range} ({percent} %)"))
    }
}

pub(super) fn json(planned: &Planned, section: &Section) -> Value {
    let after = section.after.as_ref();
    json!({
        "before": Figures::before(planned).json(),
        "after": after.map(|after| Figures::after(planned, after).json()),
        "freed": after.map(|after| &after.difference),
    })
}

/// Before and after, and the three figures of what was freed.
pub(super) fn add(document: Document, planned: &Planned, section: &Section) -> Document {
    let Some(after) = &section.after else { return document };
    let (before, now) = (Figures::before(planned), Figures::after(planned, after));
    let known = |number: Option<u64>| number.map_or_else(|| "not known".to_owned(), bytes);
    let mut table = Table::new(&["disk", "before", "after"]);
    table.row(["images".to_owned(), before.images.to_string(), now.images.to_string()]);
    table.row(["image layers".to_owned(), known(before.layers), known(now.layers)]);
    table.row(["held by unused images".to_owned(), before.reclaimable(), now.reclaimable()]);
    table.row(["build cache".to_owned(), bytes(before.build_cache), bytes(now.build_cache)]);
    if before.free.is_some() {
        table.row(["free on the file system".to_owned(), known(before.free), known(now.free)]);
    }
    let document = document.heading(format!("Disk of {}", planned.view.title())).table(table);
    document.list(freed_lines(planned, after))
}

fn freed_lines(planned: &Planned, after: &After) -> Vec<String> {
    let difference = &after.difference;
    let file_system = match difference.file_system {
        Some(freed) => format!("freed on the file system: {}", signed(freed)),
        None if in_virtual_machine(&planned.view.description) => {
            "freed on the file system: not visible, the engine is inside a virtual machine"
                .to_owned()
        }
        None => "freed on the file system: not visible from here".to_owned(),
    };
    let engine = difference.engine.map_or_else(|| "not told".to_owned(), signed);
    let lines = [
        format!("predicted from layers: {}", range(difference.predicted)),
        format!("freed by the engine's figures: {engine}"),
        file_system,
    ];
    let explained = difference.explained.iter().map(|why| format!("why they differ: {why}"));
    lines.into_iter().chain(explained).collect()
}

/// One figure, or two when it is not known exactly.
pub(super) fn range(freed: FreedBytes) -> String {
    if freed.least == freed.most {
        return bytes(freed.least);
    }
    format!("{} to {}", bytes(freed.least), bytes(freed.most))
}

fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", bytes(number.unsigned_abs()))
}
