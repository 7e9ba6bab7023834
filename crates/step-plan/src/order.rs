use std::collections::BTreeSet;

use crate::{Action, PlannedStep, StepPlan};

/// What is wrong with the order of a plan, by rules that every plan must keep;
/// empty for a good plan. Written independently of any planner.
///
/// Identities are unique, a step comes after those that it waits for, and an
/// optional step never blocks a required one.
#[must_use]
pub fn order_violations<A: Action>(plan: &StepPlan<A>) -> Vec<String> {
    let mut violations = Vec::new();
    let mut earlier = BTreeSet::new();
    for step in plan.iter() {
        let id = step.id();
        let unmet = step.waits_for().filter(|other| !earlier.contains(*other));
        violations
            .extend(unmet.map(|other| format!("{id} waits for {other}, which is not before it")));
        violations.extend(optional_needs(plan, step));
        if !earlier.insert(id.clone()) {
            violations.push(format!("{id} is in the plan twice"));
        }
    }
    violations
}

fn optional_needs<A: Action>(plan: &StepPlan<A>, step: &PlannedStep<A>) -> Vec<String> {
    if !step.is_required() {
        return Vec::new();
    }
    let optional =
        step.needs.iter().filter(|id| plan.get(id).is_some_and(|needed| !needed.is_required()));
    optional.map(|id| format!("the optional {id} could block {}", step.id())).collect()
}

/// Every step that this one waits for, directly or not.
#[must_use]
pub fn prerequisites<A: Action>(plan: &StepPlan<A>, id: &A::Id) -> BTreeSet<A::Id> {
    let mut found = BTreeSet::new();
    let mut open = vec![id.clone()];
    while let Some(step) = open.pop().and_then(|id| plan.get(&id)) {
        open.extend(step.waits_for().filter(|id| found.insert((*id).clone())).cloned());
    }
    found
}
