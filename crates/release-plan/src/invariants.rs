use std::collections::BTreeSet;

use crate::{Action, ReleasePlan, Requirement, Reversibility, Step, StepId};

/// What is wrong with a plan, by the rules every plan must keep. Written
/// without a look at how plans are made; empty for a good plan.
#[must_use]
pub fn violations(plan: &ReleasePlan) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for step in &plan.steps {
        let unmet = step.needs.iter().chain(&step.after).filter(|id| !seen.contains(*id));
        found.extend(
            unmet.map(|id| format!("{} waits for {id}, which does not come before it", step.id)),
        );
        if !seen.insert(step.id.clone()) {
            found.push(format!("{} is there twice", step.id));
        }
    }
    if found.is_empty() {
        found.extend(plan.steps.iter().flat_map(|step| misplaced(plan, step)));
    }
    found
}

fn misplaced(plan: &ReleasePlan, step: &Step) -> Vec<String> {
    let waits = waits_for(plan, &step.id);
    let must_follow = |other: &&Step| match step.reversibility {
        Reversibility::Local | Reversibility::Check => false,
        Reversibility::Withdrawable => is_early_local(plan, other),
        Reversibility::Permanent => {
            is_early_local(plan, other)
                || other.reversibility == Reversibility::Withdrawable && !comes_late(plan, other)
        }
        Reversibility::Followed => {
            is_required(other) && other.reversibility < Reversibility::Followed
        }
    };
    let missing =
        plan.steps.iter().filter(|other| must_follow(other) && !waits.contains(&other.id));
    let order = missing.map(|other| format!("{} does not wait for {}", step.id, other.id));
    let blocked = step
        .needs
        .iter()
        .filter_map(|id| plan.step(id))
        .filter(|other| is_required(step) && !is_required(other));
    let blocked = blocked.map(|other| format!("the optional {} could block {}", other.id, step.id));
    order.chain(blocked).collect()
}

fn is_required(step: &Step) -> bool {
    step.requirement == Requirement::Required
}

/// A local step that needs nothing public.
fn is_early_local(plan: &ReleasePlan, step: &Step) -> bool {
    step.reversibility == Reversibility::Local && is_required(step) && !comes_late(plan, step)
}

/// Whether a step waits for something permanent: an image that installs the package.
fn comes_late(plan: &ReleasePlan, step: &Step) -> bool {
    let waits = waits_for(plan, &step.id);
    plan.steps
        .iter()
        .any(|other| matches!(other.action, Action::ProveIndex { .. }) && waits.contains(&other.id))
}

/// Everything a step waits for, directly or not.
fn waits_for(plan: &ReleasePlan, id: &StepId) -> BTreeSet<StepId> {
    let mut found = BTreeSet::new();
    let mut open = vec![id.clone()];
    while let Some(next) = open.pop() {
        let Some(step) = plan.step(&next) else { continue };
        for other in step.needs.iter().chain(&step.after) {
            if found.insert(other.clone()) {
                open.push(other.clone());
            }
        }
    }
    found
}
