//! The plan and the report, for people and for programs.

mod advice;
mod after;
mod before;
mod figures;
mod pods;
mod told;
mod versions;

use ::report::Document;
use serde_json::json;

pub(super) use self::before::is_shown;
pub(super) use self::told::{question, tell_end, tell_plan};
use super::{
    observed::{Looked, Planned},
    section::Section,
};

/// What is there and what is going to happen to it.
pub(super) fn plan(looked: &Looked) -> Document {
    let engines: Vec<_> = looked.engines.iter().map(before::json).collect();
    let document = Document::new(json!({ "of": looked.of, "engines": engines }));
    let document = document.in_writing().list(told::unmatched(looked)).for_everybody();
    looked.engines.iter().fold(document, |document, planned| {
        let document = before::add(document, planned);
        let mut lines = told::containers(planned);
        lines.push(told::comes_to(looked, planned));
        document.in_writing().list(lines).for_everybody()
    })
}

/// What was done, what is there now, and what it was worth.
pub(super) fn document(looked: &Looked, sections: &[Section]) -> Document {
    let pairs = || looked.engines.iter().zip(sections);
    let engines: Vec<_> = pairs().map(|(planned, section)| engine_json(planned, section)).collect();
    let pods = pods::images(looked);
    let json = json!({ "of": looked.of, "engines": engines, "clusters": pods });
    let document = pairs().fold(Document::new(json), |document, (planned, section)| {
        add_engine(document, looked, planned, section)
    });
    pods::add(document, looked, &pods)
}

fn engine_json(planned: &Planned, section: &Section) -> serde_json::Value {
    let carried_out = section.carried_out(planned);
    json!({
        "engine": planned.view.title(),
        "removed": after::removed_json(planned, section),
        "kept": after::kept_json(planned, section),
        "containers-removed": section.containers,
        "disk": figures::json(planned, section),
        "versions": image_retention::service_versions(&carried_out, &planned.view.observed),
        "rebuild": image_retention::rebuild_hints(&carried_out, &planned.view.observed),
        "differences": section.differences,
        "notes": section.notes,
        "advice": advice::lines(planned),
    })
}

fn add_engine(
    document: Document,
    looked: &Looked,
    planned: &Planned,
    section: &Section,
) -> Document {
    let document = after::add_removed(document.in_writing(), planned, section).for_everybody();
    let document = after::add_kept(document, planned, section);
    let document = figures::add(document, planned, section);
    let document = versions::add(document, planned, section);
    advice::add(document.in_writing(), &looked.images, planned, section).for_everybody()
}
