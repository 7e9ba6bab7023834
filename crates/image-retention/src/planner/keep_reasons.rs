use std::time::Duration;

use image_ref::{Reference, Repository};

use super::{candidates::Candidate, context::PlanContext, ranking::VersionRank};
use crate::{KeepReason, Scope};

/// Why a candidate is kept, whatever else is kept; empty when it may be removed.
pub(super) fn keep_reasons(context: &PlanContext<'_>, candidate: usize) -> Vec<KeepReason> {
    let is_selected = is_selected(context, candidate);
    let mut reasons = protections(context, candidate, is_selected);
    if is_selected {
        reasons.extend(policy_reasons(context, candidate));
    } else if reasons.is_empty() {
        reasons.push(KeepReason::NotSelected);
    }
    reasons
}

/// Whether the policy allows removing it at all.
fn is_selected(context: &PlanContext<'_>, index: usize) -> bool {
    let policy = context.policy;
    let candidate = &context.candidates[index];
    let is_of_selected_kind = !policy.dangling && !policy.duplicates
        || policy.dangling && candidate.tag.is_none()
        || context.duplicate_tags.contains(index);
    is_of_selected_kind
        && (policy.select.is_empty()
            || candidate_names(context, candidate)
                .any(|name| policy.select.iter().any(|pattern| pattern.matches(name))))
}

/// The reasons that hold under every policy.
fn protections(context: &PlanContext<'_>, index: usize, is_selected: bool) -> Vec<KeepReason> {
    let candidate = &context.candidates[index];
    let is_duplicate = is_selected && context.duplicate_tags.contains(index);
    let mut reasons = Vec::new();
    if context.usage.is_used(candidate.image) && !is_duplicate {
        reasons.push(KeepReason::InUse(context.usage.users(candidate.image)));
    }
    if candidate.is_being_built() {
        reasons.push(KeepReason::BeingBuilt);
    }
    if candidate.is_rollback_backup() {
        reasons.push(KeepReason::RollbackBackup);
    }
    if is_cluster_base(context, candidate) {
        reasons.push(KeepReason::ClusterBase);
    }
    reasons
}

/// Images of the nodes of local clusters have often lost their tag. Where the
/// project's own repositories are cleaned, they are its own images.
fn is_cluster_base(context: &PlanContext<'_>, candidate: &Candidate<'_>) -> bool {
    context.policy.scope == Scope::Everything
        && candidate_names(context, candidate).any(|name| is_node_image(name.repository()))
}

/// The tag, or the digests of a dangling image.
fn candidate_names<'c>(
    context: &'c PlanContext<'_>,
    candidate: &'c Candidate<'_>,
) -> impl Iterator<Item = &'c Reference> {
    let digests: &[Reference] = match candidate.tag {
        Some(_) => &[],
        None => &context.inventory.image(candidate.image).digests,
    };
    candidate.tag.into_iter().chain(digests)
}

/// The reasons that the policy gives.
fn policy_reasons(context: &PlanContext<'_>, index: usize) -> Vec<KeepReason> {
    let candidate = &context.candidates[index];
    let mut reasons = Vec::new();
    let keep = &context.policy.keep;
    if candidate_names(context, candidate)
        .any(|name| keep.iter().any(|pattern| pattern.protects(name)))
    {
        reasons.push(KeepReason::Pattern);
    }
    reasons.extend(keep_newest(context, index));
    reasons.extend(keep_recent(context, candidate));
    if keeps_undeployed(context, candidate) {
        reasons.push(KeepReason::NothingDeployed);
    }
    reasons
}

fn keep_newest(context: &PlanContext<'_>, index: usize) -> Option<KeepReason> {
    let of = context.policy.keep_newest?.get();
    let tag = context.candidates[index].tag?;
    match context.ranking.rank(index) {
        Some(rank) if rank.newer >= of => keep_version_of_unversioned(context, index),
        Some(VersionRank { is_exact: true, newer, .. }) => {
            Some(KeepReason::Newest { rank: newer + 1, of })
        }
        _ => {
            let is_named = context.policy.select.iter().any(|pattern| pattern.selects_tag(tag));
            let is_duplicate = context.duplicate_tags.contains(index);
            (!is_named && !is_duplicate).then_some(KeepReason::NoVersion)
        }
    }
}

/// `latest` is kept because it names no version; the tag that shows which version it
/// is is kept with it.
fn keep_version_of_unversioned(context: &PlanContext<'_>, index: usize) -> Option<KeepReason> {
    let candidate = &context.candidates[index];
    let of = context.unversioned_tags.get(&(candidate.image, candidate.repository()?))?;
    let is_duplicate = context.duplicate_tags.contains(index);
    (!is_duplicate).then(|| KeepReason::VersionOf { of: (*of).clone() })
}

fn keep_recent(context: &PlanContext<'_>, candidate: &Candidate<'_>) -> Option<KeepReason> {
    let limit = context.policy.older_than?;
    let Some(tagged) = context.inventory.image(candidate.image).tagged else {
        return Some(KeepReason::AgeUnknown);
    };
    // A time in the future, from a wrong clock, counts as recent.
    let age = Duration::try_from(context.now.duration_since(tagged)).unwrap_or_default();
    (age < limit).then_some(KeepReason::Young { age })
}

fn keeps_undeployed(context: &PlanContext<'_>, candidate: &Candidate<'_>) -> bool {
    if !context.policy.keep_deployed {
        return false;
    }
    let deployed = &context.deployed_repositories;
    let mut repositories =
        candidate_names(context, candidate).map(Reference::repository).peekable();
    if repositories.peek().is_some() {
        return repositories.any(|repository| !deployed.contains(repository));
    }
    !deployed.iter().any(|repository| context.policy.scope.has_repository(repository))
}

/// Ends of the paths of images that nodes of local clusters, and what belongs to
/// them, run from: Minikube's kic drivers, kind, k3d. Their registries vary.
const NODE_IMAGES: [&str; 6] = [
    "kicbase",
    "kicbase/stable",
    "kindest/node",
    "rancher/k3s",
    "k3d-io/k3d-proxy",
    "k3d-io/k3d-tools",
];

/// The host's engine runs such an image as a container; while its cluster is deleted
/// it looks unused. Pulling it again costs half a gigabyte (minikube#20411).
fn is_node_image(repository: &Repository) -> bool {
    let path = format!("/{}", repository.path());
    NODE_IMAGES.iter().any(|end| path.ends_with(&format!("/{end}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_local_clusters_are_known_whatever_their_registry() {
        for (repository, expected) in [
            ("gcr.io/k8s-minikube/kicbase", true),
            ("kicbase/stable", true),
            ("registry.example.org/google_containers/kicbase", true),
            ("kindest/node", true),
            ("rancher/k3s", true),
            ("shop/kicbase-backup", false),
            ("mykindest/node", false),
            ("node", false),
        ] {
            assert_eq!(is_node_image(&repository.parse().unwrap()), expected, "{repository}");
        }
    }
}
