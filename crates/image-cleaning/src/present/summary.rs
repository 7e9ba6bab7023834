use image_ref::Reference;
use image_retention::Decision;
use operation::counted;
use report::bytes;

use super::disk::byte_range;
use crate::{CleanPlan, EnginePlan, EngineReport, KeptReason};

/// The plan for one engine in a sentence.
pub(super) fn plan_summary(plan: &CleanPlan, engine: &EnginePlan) -> String {
    if engine.removes_images() {
        let removals = counted_targets(engine.removals().map(Decision::reference));
        let images = counted(engine.deleted_images, "image");
        let freed = byte_range(engine.predicted);
        return format!("to remove: {removals}; this deletes {images} and frees {freed}");
    }
    let (subject, title) = (&plan.subject, &engine.engine);
    let is_whole_scope_selected = plan.unmatched_patterns.is_empty()
        && engine.decisions.iter().all(|explained| !explained.decision.is_unselected());
    if engine.decisions.is_empty() {
        format!("nothing to remove from {title}: no images of {subject}")
    } else if is_whole_scope_selected {
        format!("nothing to remove from {title}: every image of {subject} is in use or kept")
    } else {
        format!(
            "nothing to remove from {title}: every selected image of {subject} is in use or kept"
        )
    }
}

/// The question before a cleanup that removes more than the project's unused images.
pub(crate) fn confirmation_question(plan: &CleanPlan) -> String {
    let removals = plan.engines.iter().flat_map(EnginePlan::removals);
    let removals = counted_targets(removals.map(Decision::reference));
    let containers: usize =
        plan.engines.iter().map(|engine| engine.containers_to_remove.len()).sum();
    let containers = match containers {
        0 => String::new(),
        count => format!(", and {}", counted(count, "stopped container")),
    };
    format!("Remove {removals} of {}{containers}?", plan.subject)
}

/// The result for one engine in a sentence.
pub(super) fn report_summary(subject: &str, report: &EngineReport) -> String {
    let removed = counted_targets(report.removed.iter().map(|item| item.reference.as_ref()));
    let containers = match report.removed_containers.len() {
        0 => String::new(),
        count => format!(" and {}", counted(count, "stopped container")),
    };
    let freed = report.disk.freed.as_ref().and_then(|freed| freed.engine);
    let freed = match freed.and_then(|freed| u64::try_from(freed).ok()) {
        Some(freed) => format!(", {} freed", bytes(freed)),
        None => String::new(),
    };
    let rest = match unplanned(report) {
        0 => kept_summary(subject, report),
        1 => "1 planned removal did not happen".to_owned(),
        count => format!("{count} planned removals did not happen"),
    };
    format!("{removed}{containers} removed{freed}; {rest}")
}

fn kept_summary(subject: &str, report: &EngineReport) -> String {
    match (report.kept.len(), report.unselected) {
        (0, 0) => format!("nothing of {subject} remains"),
        (0, unselected) => format!("{unselected} not selected"),
        (1, _) => "1 kept for the reason above".to_owned(),
        (kept, _) => format!("{kept} kept for the reasons above"),
    }
}

/// Number of planned removals that did not happen.
pub(super) fn unplanned(report: &EngineReport) -> usize {
    report.kept.iter().filter(|item| item.kept != KeptReason::Planned).count()
}

/// References, and images without any: `2 references and 1 dangling image`.
fn counted_targets<'a>(targets: impl Iterator<Item = Option<&'a Reference>>) -> String {
    let (mut references, mut dangling) = (0, 0);
    for target in targets {
        *(if target.is_some() { &mut references } else { &mut dangling }) += 1;
    }
    match (references, dangling) {
        (references, 0) => counted(references, "reference"),
        (0, dangling) => counted(dangling, "dangling image"),
        (references, dangling) => format!(
            "{} and {}",
            counted(references, "reference"),
            counted(dangling, "dangling image")
        ),
    }
}
