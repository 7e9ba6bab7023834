use ::report::{Reporter, bytes};
use image_ref::Reference;
use image_retention::{Decision, KeepReason, RetentionVerdict};

use super::figures::range;
use operation::{Environment, counted};

use crate::{
    apply::Outcome,
    observed::{Looked, Planned},
    section::{Section, name},
};

/// What the plan comes to, in lines.
pub(crate) fn tell_plan(environment: &Environment, looked: &Looked) {
    let reporter = &environment.reporter;
    unmatched(looked).into_iter().for_each(|line| reporter.info(line));
    for planned in &looked.engines {
        tell_engine(reporter, looked, planned);
    }
}

/// Patterns that name nothing, perhaps by mistake.
pub(super) fn unmatched(looked: &Looked) -> Vec<String> {
    let unmatched = looked.unmatched.iter();
    unmatched.map(|pattern| format!("no image of {} matches `{pattern}`", looked.of)).collect()
}

fn tell_engine(reporter: &Reporter, looked: &Looked, planned: &Planned) {
    containers(planned).into_iter().for_each(|line| reporter.info(line));
    let comes_to = comes_to(looked, planned);
    match planned.plan.removals().next() {
        None => reporter.ok(comes_to),
        Some(_) => reporter.info(comes_to),
    }
}

/// Stopped containers that go first, or that alone keep images and how to be rid
/// of them.
pub(super) fn containers(planned: &Planned) -> Vec<String> {
    let first = planned.stopped.iter().map(|container| {
        format!("container {} ({}) is removed first", container.name, container.state.as_str())
    });
    let blocking = (!planned.blocking.is_empty()).then(|| {
        format!(
            "only stopped containers keep some images; `docker rm {}` or --with-stopped-containers \
             frees them",
            planned.blocking.join(" ")
        )
    });
    first.chain(blocking).collect()
}

/// The plan for one engine in a sentence.
pub(super) fn comes_to(looked: &Looked, planned: &Planned) -> String {
    let decisions = &planned.plan.decisions;
    let Looked { of, .. } = looked;
    let title = planned.view.title();
    if planned.plan.removals().next().is_some() {
        let what = counts(planned.plan.removals().map(Decision::reference));
        let images = counted(
            image_retention::removed_images(&planned.plan, &planned.view.observed).len(),
            "image",
        );
        let freed = range(planned.freed);
        return format!("to remove: {what}; with them {images}, which frees {freed}");
    }
    let selected = |one: &Decision| {
        !matches!(&one.verdict, RetentionVerdict::Keep(reasons)
            if reasons.contains(&KeepReason::NotSelected))
    };
    if decisions.is_empty() {
        format!("no images of {of} in {title}: nothing to do")
    } else if decisions.iter().all(selected) && looked.unmatched.is_empty() {
        format!("every image of {of} stays in {title}: nothing to do")
    } else {
        format!("nothing selected of {of} in {title} may go: nothing to do")
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
pub(crate) fn question(looked: &Looked) -> String {
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
pub(crate) fn tell_end(environment: &Environment, of: &str, sections: &[Section]) {
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
        tell_removed(reporter, of, section);
    }
}

fn tell_removed(reporter: &Reporter, of: &str, section: &Section) {
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
        (0, 0) => format!("nothing of {of} remains"),
        (0, others) => format!("{others} not selected"),
        (1, _) => "1 stays, for the reason above".to_owned(),
        (staying, _) => format!("{staying} stay, for the reasons above"),
    };
    if left == 0 {
        reporter.ok(format!("{told}; {stay}"));
    } else {
        reporter.warn(format!("{told}; {left} that should have gone remain"));
    }
}
