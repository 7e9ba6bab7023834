use ::report::{Reporter, bytes};
use image_ref::Reference;
use image_retention::Decision;

use super::figures::range;
use crate::{
    Environment,
    clean_local_images::{
        apply::Outcome,
        observed::{Looked, Planned},
        section::{Section, name},
    },
    error::counted,
};

/// What the plan comes to, in lines.
pub(in crate::clean_local_images) fn tell_plan(environment: &Environment, looked: &Looked) {
    let reporter = &environment.reporter;
    for planned in &looked.engines {
        tell_engine(reporter, looked, planned);
    }
}

fn tell_engine(reporter: &Reporter, looked: &Looked, planned: &Planned) {
    let title = planned.view.title();
    if planned.plan.decisions.is_empty() {
        reporter.ok(format!("no images of {} in {title}: nothing to do", looked.of));
        return;
    }
    for container in &planned.stopped {
        let (name, state) = (&container.name, container.state.word());
        reporter.info(format!("container {name} ({state}) is removed first"));
    }
    tell_blocking(reporter, planned);
    if planned.plan.removals().next().is_none() {
        reporter.ok(format!("every image of {} stays in {title}: nothing to do", looked.of));
        return;
    }
    let what = counts(planned.plan.removals().map(Decision::reference));
    let images = counted(planned.plan.removed_images(&planned.view.observed).len(), "image");
    let freed = range(planned.freed);
    reporter.info(format!("to remove: {what}; with them {images}, which frees {freed}"));
}

/// Stopped containers that alone keep images, and how to be rid of them.
fn tell_blocking(reporter: &Reporter, planned: &Planned) {
    if !planned.blocking.is_empty() {
        reporter.info(format!(
            "only stopped containers keep some images; `docker rm {}` or --with-stopped-containers \
             frees them",
            planned.blocking.join(" ")
        ));
    }
}

/// References and images without any, in words.
fn counts<'a>(things: impl Iterator<Item = Option<&'a Reference>>) -> String {
    let (references, dangling): (Vec<_>, Vec<_>) = things.partition(Option::is_some);
    let (references, dangling) = (references.len(), dangling.len());
    match (references, dangling) {
        (references, 0) => counted(references, "reference"),
        (0, dangling) => counted(dangling, "dangling image"),
        _ => format!(
            "{} and {}",
            counted(references, "reference"),
            counted(dangling, "dangling image")
        ),
    }
}

/// What is asked before more than the scripts of before did.
pub(in crate::clean_local_images) fn question(looked: &Looked) -> String {
    let removals = looked.engines.iter().flat_map(|one| one.plan.removals());
    let what = counts(removals.map(Decision::reference));
    let containers: usize = looked.engines.iter().map(|one| one.stopped.len()).sum();
    let also = if containers == 0 {
        String::new()
    } else {
        format!(", and {}", counted(containers, "stopped container"))
    };
    format!("Remove {what} of {}{also}?", looked.of)
}

/// The last lines: what came of it, and what remains.
pub(in crate::clean_local_images) fn tell_end(environment: &Environment, sections: &[Section]) {
    let reporter = &environment.reporter;
    for section in sections {
        for done in &section.done {
            match &done.outcome {
                Outcome::Kept(why) => reporter.warn(format!("{} stays: {why}", name(done))),
                Outcome::Failed(why) => reporter.warn(format!("{}: {why}", name(done))),
                _ => {}
            }
        }
        section.notes.iter().for_each(|note| reporter.warn(note));
        tell_removed(reporter, section);
    }
}

fn tell_removed(reporter: &Reporter, section: &Section) {
    let removed = section.done.iter().filter(|done| done.outcome == Outcome::Removed);
    let removed = counts(removed.map(|done| done.reference.as_ref()));
    let freed = section.after.as_ref().and_then(|after| after.difference.engine);
    let freed = freed.and_then(|freed| u64::try_from(freed).ok()).map(bytes);
    let freed = freed.map(|freed| format!(", {freed} freed")).unwrap_or_default();
    let left = section.count(|outcome| !matches!(outcome, Outcome::Removed | Outcome::Gone));
    let containers = match section.containers.len() {
        0 => String::new(),
        removed => format!(" and {}", counted(removed, "stopped container")),
    };
    let told = format!("{removed}{containers} removed{freed}");
    let stay = match (section.staying, section.unselected) {
        (0, 0) => "no images remain".to_owned(),
        (0, others) => format!("{others} not selected"),
        (staying, _) => format!("{staying} stay, for the reasons above"),
    };
    if left == 0 {
        reporter.ok(format!("{told}; {stay}"));
    } else {
        reporter.warn(format!("{told}; {left} that should have gone remain"));
    }
}
