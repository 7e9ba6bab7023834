use std::collections::BTreeSet;

use step_plan::{Effect, StepPlan, order_violations, prerequisites};

use crate::{Action, ReleasePlan, ReleaseStep, StepId};

/// What is wrong with a plan, by the rules that every release must keep; empty for
/// a good plan. Written independently of how plans are made.
#[must_use]
pub fn violations(plan: &ReleasePlan) -> Vec<String> {
    let wrong_order = order_violations(&plan.steps);
    if !wrong_order.is_empty() {
        return wrong_order;
    }
    plan.steps.iter().flat_map(|step| missing_prerequisites(&plan.steps, step)).collect()
}

fn missing_prerequisites(plan: &StepPlan<Action>, step: &ReleaseStep) -> Vec<String> {
    let waits_for = prerequisites(plan, &step.id());
    let missing = plan
        .iter()
        .filter(|other| must_follow(plan, step, other) && !waits_for.contains(&other.id()));
    missing.map(|other| format!("{} does not wait for {}", step.id(), other.id())).collect()
}

fn must_follow(plan: &StepPlan<Action>, step: &ReleaseStep, other: &ReleaseStep) -> bool {
    match step.effect() {
        Effect::ReadOnly | Effect::Local => false,
        Effect::Followed => other.is_required() && other.effect() < Effect::Followed,
        Effect::Withdrawable | Effect::Permanent => {
            is_early_local(plan, other)
                || is_scan_of(step, other)
                || is_collection_for(step, other)
                || step.action.uploads_for_users() && is_public_before_users(plan, other)
        }
    }
}

/// What is pushed was scanned.
fn is_scan_of(step: &ReleaseStep, other: &ReleaseStep) -> bool {
    match (step.id(), other.id()) {
        (StepId::PushImage(pushed), StepId::ScanImage(scanned)) => pushed == scanned,
        _ => false,
    }
}

/// What is uploaded is complete.
fn is_collection_for(step: &ReleaseStep, other: &ReleaseStep) -> bool {
    let has_files = matches!(step.id(), StepId::Upload(_) | StepId::DraftForgeRelease);
    has_files && other.id() == StepId::CollectPackage
}

/// A local step that needs nothing public.
fn is_early_local(plan: &StepPlan<Action>, step: &ReleaseStep) -> bool {
    step.effect() == Effect::Local && step.is_required() && !waits_for_an_index(plan, &step.id())
}

/// A public step that nobody follows and that does not itself wait for an index.
fn is_public_before_users(plan: &StepPlan<Action>, step: &ReleaseStep) -> bool {
    matches!(step.effect(), Effect::Withdrawable | Effect::Permanent)
        && !step.action.uploads_for_users()
        && !waits_for_an_index(plan, &step.id())
}

/// Whether a step waits for what an index serves, as an image that installs the
/// package does.
fn waits_for_an_index(plan: &StepPlan<Action>, id: &StepId) -> bool {
    let waits_for: BTreeSet<StepId> = prerequisites(plan, id);
    waits_for.iter().any(|other| matches!(other, StepId::VerifyIndex(_)))
}
