use std::collections::BTreeSet;

use image_ref::Reference;
use image_retention::{RebuildHint, UsedImage};
use report::{Document, bytes};

use crate::{observed::Planned, scope::ProjectImages, section::Section};

/// How removed images come back, what was looked at for safety, what else may be
/// cleaned.
pub(super) fn add(
    document: Document,
    images: &ProjectImages,
    planned: &Planned,
    section: &Section,
) -> Document {
    let observed = &planned.view.observed;
    let rebuild = image_retention::rebuild_hints(&section.carried_out(planned), observed);
    let rebuild: Vec<String> = rebuild.iter().map(|hint| rebuild_line(hint, images)).collect();
    let document =
        if rebuild.is_empty() { document } else { document.heading("To have them again") };
    let document = document.list(rebuild).heading("Verification and maintenance");
    let mut lines = match &section.after {
        Some(_) => vec![looked_at(planned.view.containers.len())],
        None => vec!["what is there now could not be looked at".to_owned()],
    };
    if !section.differences.is_empty() {
        lines = section.differences.iter().map(|text| format!("DIFFERENCE: {text}")).collect();
    }
    lines.extend(section.notes.iter().cloned());
    lines.extend(self::lines(planned));
    document.list(lines)
}

fn looked_at(containers: usize) -> String {
    match containers {
        0 => "there are no containers".to_owned(),
        1 => "1 container was looked at, and did not lose its image".to_owned(),
        _ => format!("{containers} containers were looked at, and none lost its image"),
    }
}

fn rebuild_line(hint: &RebuildHint, images: &ProjectImages) -> String {
    let names: Vec<String> = hint.references.iter().map(ToString::to_string).collect();
    let name = if names.is_empty() { hint.image.short().to_owned() } else { names.join(", ") };
    let pulled = hint.digests.first().map(|digest| format!("docker pull {digest}"));
    let built = hint.source.as_ref().map(|source| {
        let revision = hint.revision.as_ref().map(|commit| format!(" at {commit}"));
        format!("build {source}{}", revision.unwrap_or_default())
    });
    let repository = hint.references.first().map(|reference| reference.repository());
    let service = repository.and_then(|repository| images.built_by(repository));
    let composed = service.map(|service| format!("docker compose build {service}"));
    let ways: Vec<String> = pulled.into_iter().chain(built).chain(composed).collect();
    if ways.is_empty() {
        return format!("{name}: no registry, source or service is known; build it by hand");
    }
    format!("{name}: {}", ways.join(", or "))
}

/// What a person may want to do about the rest.
pub(super) fn lines(planned: &Planned) -> Vec<String> {
    let observed = &planned.view.observed;
    let unused = image_retention::unused_images(observed);
    let parents: BTreeSet<_> = observed.images.iter().filter_map(|it| it.parent.as_ref()).collect();
    let images = observed.images.iter().filter(|image| unused.contains(&image.id));
    // The steps of a build go with what was built.
    let dangling =
        images.filter(|image| image.is_untagged() && !parents.contains(&image.id)).count();
    let cache: u64 = planned.view.disk.usage.build_cache.iter().map(|record| record.size).sum();
    let mut lines = Vec::new();
    if dangling > 0 {
        lines.push(format!(
            "{dangling} unused images had no tag; --dangling --all-images finds them"
        ));
    }
    if cache > 0 {
        lines.push(format!(
            "the build cache holds {}; `docker builder prune` empties it",
            bytes(cache)
        ));
    }
    lines.extend(generic_tags(planned));
    lines
}

/// A deployment by a tag that names no version runs whatever that means today.
fn generic_tags(planned: &Planned) -> Option<String> {
    let used = planned.view.observed.uses.iter().filter_map(|one| match &one.used {
        UsedImage::Reference(reference) => {
            Some(image_retention::with_default_tag(reference.clone()))
        }
        _ => None,
    });
    let in_question = |reference: &Reference| {
        let versioned = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
        let tag = reference.tag().is_some_and(|tag| !versioned(tag.as_str()));
        let decided = planned.plan.decisions.iter().filter_map(|one| one.reference());
        tag && reference.digest().is_none()
            && decided.into_iter().any(|one| one.repository() == reference.repository())
    };
    let generic: BTreeSet<String> =
        used.filter(in_question).map(|reference| reference.to_string()).collect();
    if generic.is_empty() {
        return None;
    }
    let names = generic.into_iter().collect::<Vec<_>>().join(", ");
    Some(format!("used under tags that name no version: {names}; pin a version in production"))
}
