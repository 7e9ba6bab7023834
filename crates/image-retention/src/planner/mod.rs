//! From what was observed and a policy to a decision for everything in scope.

mod candidates;
mod parents;
mod ranking;
mod reasons;
mod retain;
mod second_tags;

use std::collections::HashMap;

use image_ref::{Reference, Repository};
use jiff::Timestamp;

use crate::{
    Decision, KeepReason, Observed, Plan, Policy, Verdict, fate::Fate, inventory::Inventory,
    usage::Usage,
};
use candidates::Candidate;
use ranking::Ranking;
use second_tags::SecondTags;

/// Decides what happens to everything in scope; the order in which images and
/// uses are given does not matter.
///
/// The time it takes grows with the number of images, tags and layers, and with
/// nothing else.
#[must_use]
pub fn plan(observed: &Observed, policy: &Policy, now: Timestamp) -> Plan {
    let inventory = Inventory::new(&observed.images);
    let usage = Usage::new(&inventory, &observed.uses);
    let candidates = candidates::in_scope(&inventory, policy);
    let second_tags = if policy.duplicates {
        SecondTags::new(&candidates, &usage)
    } else {
        SecondTags::none(&candidates)
    };
    let world = World {
        ranking: Ranking::new(&candidates),
        second_tags,
        without_version: retain::without_version(&candidates, policy),
        deployed: retain::deployed_repositories(&inventory, &usage),
        inventory,
        usage,
        candidates,
        policy,
        now,
    };
    world.decide()
}

/// Everything that decisions are made from.
struct World<'a> {
    inventory: Inventory<'a>,
    usage: Usage<'a>,
    candidates: Vec<Candidate<'a>>,
    ranking: Ranking,
    second_tags: SecondTags,
    deployed: retain::Deployed<'a>,
    without_version: HashMap<(usize, &'a Repository), &'a Reference>,
    policy: &'a Policy,
    now: Timestamp,
}

impl World<'_> {
    fn decide(&self) -> Plan {
        let mut kept: Vec<Vec<KeepReason>> =
            (0..self.candidates.len()).map(|candidate| self.reasons_to_keep(candidate)).collect();
        parents::keep(self, &mut kept);
        let reasons = reasons::Reasons::new(self, &kept);
        let verdict = |(candidate, keep): (usize, Vec<KeepReason>)| match keep.is_empty() {
            true => Verdict::Remove(reasons.of(candidate)),
            false => Verdict::Keep(keep),
        };
        let verdicts = kept.into_iter().enumerate().map(verdict);
        let decisions = self.candidates.iter().zip(verdicts);
        Plan { decisions: decisions.map(|(one, verdict)| self.decision(one, verdict)).collect() }
    }

    fn decision(&self, candidate: &Candidate<'_>, verdict: Verdict) -> Decision {
        let image = self.inventory.image(candidate.image);
        Decision {
            target: candidate.target(image),
            image: image.id.clone(),
            size: image.size,
            verdict,
        }
    }

    /// What becomes of the images when everything goes that has no reason to stay.
    fn fate(&self, kept: &[Vec<KeepReason>]) -> Fate {
        let mut left: Vec<usize> = (0..self.inventory.len())
            .map(|image| self.inventory.image(image).tags.len().max(1))
            .collect();
        for (candidate, _) in self.candidates.iter().zip(kept).filter(|(_, keep)| keep.is_empty()) {
            left[candidate.image] -= 1;
        }
        Fate::new(&self.inventory, &self.usage, |image| left[image] == 0)
    }
}
