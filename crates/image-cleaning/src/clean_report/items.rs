use std::collections::BTreeMap;

use image_ref::{ImageId, Reference};
use image_retention::{Decision, Plan, RetentionVerdict};
use serde::Serialize;

use crate::removal::{RemovalOutcome, RemovalResult};

/// A removed reference or image.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RemovedItem {
    /// The reference; `None` for an image without a tag.
    pub reference: Option<Reference>,
    /// The image.
    pub image: ImageId,
    /// Bytes of the image, including layers that it shares with others.
    pub size: u64,
    /// The decision.
    pub reason: RetentionVerdict,
    /// The decision as a phrase.
    pub why: String,
}

/// A kept reference or image.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeptItem {
    /// The reference; `None` for an image without a tag.
    pub reference: Option<Reference>,
    /// The image.
    pub image: ImageId,
    /// Bytes of the image, including layers that it shares with others.
    pub size: u64,
    /// The decision; a removal that did not happen is still one to remove.
    pub reason: RetentionVerdict,
    /// Why it was kept, as a phrase.
    pub why: String,
    /// Whether it was kept as planned.
    #[serde(skip)]
    pub kept: KeptReason,
}

/// Why a reference or image was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptReason {
    /// According to the plan.
    Planned,
    /// It came into use after the plan was made.
    InUse,
    /// Its removal failed.
    Failed,
    /// The cleanup ended before.
    NotAttempted,
}

pub(super) fn removed_items(plan: &Plan, removals: &[RemovalResult]) -> Vec<RemovedItem> {
    let decisions: BTreeMap<_, &Decision> = plan
        .removals()
        .map(|decision| ((decision.reference(), &decision.image), decision))
        .collect();
    removals
        .iter()
        .filter(|removal| removal.is_removed())
        .filter_map(|removal| decisions.get(&(removal.reference.as_ref(), &removal.image)))
        .map(|decision| RemovedItem {
            reference: decision.reference().cloned(),
            image: decision.image.clone(),
            size: decision.size,
            reason: decision.verdict.clone(),
            why: decision.verdict.to_string(),
        })
        .collect()
}

pub(super) fn kept_items(plan: &Plan, removals: &[RemovalResult]) -> Vec<KeptItem> {
    let outcomes: BTreeMap<_, &RemovalOutcome> = removals
        .iter()
        .map(|removal| ((removal.reference.as_ref(), &removal.image), &removal.outcome))
        .collect();
    plan.decisions
        .iter()
        .filter(|decision| !decision.is_unselected())
        .filter_map(|decision| {
            let outcome = outcomes.get(&(decision.reference(), &decision.image)).copied();
            let (kept, why) = kept_reason(decision, outcome)?;
            Some(KeptItem {
                reference: decision.reference().cloned(),
                image: decision.image.clone(),
                size: decision.size,
                reason: decision.verdict.clone(),
                why,
                kept,
            })
        })
        .collect()
}

/// `None` when it was removed.
fn kept_reason(
    decision: &Decision,
    outcome: Option<&RemovalOutcome>,
) -> Option<(KeptReason, String)> {
    match outcome {
        Some(RemovalOutcome::Removed | RemovalOutcome::Gone) => None,
        Some(RemovalOutcome::Kept(why)) => Some((KeptReason::InUse, why.clone())),
        Some(RemovalOutcome::Failed(why)) => Some((KeptReason::Failed, why.clone())),
        None if !decision.is_removal() => Some((KeptReason::Planned, decision.verdict.to_string())),
        Some(RemovalOutcome::NotAttempted) | None => {
            Some((KeptReason::NotAttempted, "not tried".to_owned()))
        }
    }
}
