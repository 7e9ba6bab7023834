//! From the state of an engine and a policy to a decision for everything in scope.

mod base_images;
mod candidates;
mod context;
mod duplicate_tags;
mod keep_reasons;
mod ranking;
mod removal_reasons;

use jiff::Timestamp;

use self::{candidates::Candidate, context::PlanContext, removal_reasons::RemovalReasons};
use crate::{Decision, EngineState, KeepReason, Plan, Policy, RetentionVerdict};

/// Decides about everything in scope; the order in which images and uses are given
/// does not matter.
///
/// The time it takes grows with the number of images, tags and layers, and with
/// nothing else.
#[must_use]
pub fn plan(state: &EngineState, policy: &Policy, now: Timestamp) -> Plan {
    let context = PlanContext::new(state, policy, now);
    let mut kept: Vec<Vec<KeepReason>> = (0..context.candidates.len())
        .map(|candidate| keep_reasons::keep_reasons(&context, candidate))
        .collect();
    base_images::keep_base_images(&context, &mut kept);
    let removal_reasons = RemovalReasons::new(&context, &kept);
    let verdicts = kept.into_iter().enumerate().map(|(index, reasons)| {
        if reasons.is_empty() {
            RetentionVerdict::Remove(removal_reasons.removal_reason(index))
        } else {
            RetentionVerdict::Keep(reasons)
        }
    });
    let decisions = context.candidates.iter().zip(verdicts);
    Plan {
        decisions: decisions
            .map(|(candidate, verdict)| decision(&context, candidate, verdict))
            .collect(),
    }
}

fn decision(
    context: &PlanContext<'_>,
    candidate: &Candidate<'_>,
    verdict: RetentionVerdict,
) -> Decision {
    let image = context.inventory.image(candidate.image);
    Decision { target: candidate.target(image), image: image.id.clone(), size: image.size, verdict }
}
