use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use image_ref::{Reference, Repository};

use super::{World, candidates::Candidate, ranking::Standing};
use crate::{Image, KeepReason, Policy, Scope, inventory::Inventory, usage::Usage};

/// Repositories with an image that somebody uses.
pub(super) type Deployed<'a> = HashSet<&'a Repository>;

pub(super) fn deployed_repositories<'a>(
    inventory: &Inventory<'a>,
    usage: &Usage<'_>,
) -> Deployed<'a> {
    let used = (0..inventory.len()).filter(|image| usage.is_used(*image));
    used.flat_map(|image| names(inventory.image(image))).map(Reference::repository).collect()
}

/// For each image and repository a tag that names no version, the first one that
/// the policy does not select by name.
pub(super) fn without_version<'a>(
    candidates: &[Candidate<'a>],
    policy: &Policy,
) -> HashMap<(usize, &'a Repository), &'a Reference> {
    let mut found = HashMap::new();
    for one in candidates.iter().filter(|one| one.version.is_none()) {
        let Some(tag) = one.tag else { continue };
        if !policy.select.iter().any(|pattern| pattern.names(tag)) {
            found.entry((one.image, tag.repository())).or_insert(tag);
        }
    }
    found
}

fn names(image: &Image) -> impl Iterator<Item = &Reference> {
    image.tags.iter().chain(&image.digests)
}

/// Ends of the paths of images that nodes of local clusters, and what belongs to
/// them, are made of: Minikube's kic drivers, kind, k3d. Their registries vary.
const NODES: [&str; 6] = [
    "kicbase",
    "kicbase/stable",
    "kindest/node",
    "rancher/k3s",
    "k3d-io/k3d-proxy",
    "k3d-io/k3d-tools",
];

/// Such an image is a container of the host's engine, and looks unused while its
/// cluster is deleted; it is half a gigabyte to pull again (minikube#20411).
fn is_node_image(repository: &Repository) -> bool {
    let path = format!("/{}", repository.path());
    NODES.iter().any(|end| path.ends_with(&format!("/{end}")))
}

impl World<'_> {
    /// Why a candidate stays, whatever else stays; empty when it may go.
    pub(super) fn reasons_to_keep(&self, candidate: usize) -> Vec<KeepReason> {
        let selected = self.is_selected(candidate);
        let mut reasons = self.protections(candidate, selected);
        if selected {
            self.retain(candidate, &mut reasons);
        } else if reasons.is_empty() {
            reasons.push(KeepReason::NotSelected);
        }
        reasons
    }

    /// What holds under every policy.
    fn protections(&self, candidate: usize, selected: bool) -> Vec<KeepReason> {
        let one = &self.candidates[candidate];
        let is_second = selected && self.second_tags.contains(candidate);
        let in_use = self.usage.is_used(one.image) && !is_second;
        let in_use = in_use.then(|| KeepReason::InUse(self.usage.users(one.image)));
        let build = one.is_being_built().then_some(KeepReason::BeingBuilt);
        let backup = one.is_rollback_backup().then_some(KeepReason::RollbackBackup);
        let base = self.is_cluster_base(one).then_some(KeepReason::ClusterBase);
        [in_use, build, backup, base].into_iter().flatten().collect()
    }

    /// Images of the nodes of local clusters have often lost their tag. They are the
    /// project's own business only where they are named.
    fn is_cluster_base(&self, one: &Candidate<'_>) -> bool {
        let is_base = |name: &Reference| is_node_image(name.repository());
        self.policy.scope == Scope::Everything
            && match one.tag {
                Some(tag) => is_base(tag),
                None => self.inventory.image(one.image).digests.iter().any(is_base),
            }
    }

    /// Whether the policy lets it go at all.
    fn is_selected(&self, candidate: usize) -> bool {
        let policy = self.policy;
        let one = &self.candidates[candidate];
        let everything = !policy.dangling && !policy.duplicates;
        let dangling = policy.dangling && one.tag.is_none();
        let second = self.second_tags.contains(candidate);
        let matches =
            || self.names(one).any(|name| policy.select.iter().any(|it| it.matches(name)));
        (everything || dangling || second) && (policy.select.is_empty() || matches())
    }

    /// What patterns are compared with: the tag, or the digests of a dangling image.
    fn names<'c>(&'c self, one: &'c Candidate<'_>) -> impl Iterator<Item = &'c Reference> {
        let digests = one.tag.is_none().then(|| &self.inventory.image(one.image).digests);
        one.tag.into_iter().chain(digests.into_iter().flatten())
    }

    /// Adds the reasons of the policy.
    fn retain(&self, candidate: usize, reasons: &mut Vec<KeepReason>) {
        let one = &self.candidates[candidate];
        let kept = |name: &Reference| self.policy.keep.iter().any(|it| it.keeps(name));
        reasons.extend(self.names(one).any(kept).then_some(KeepReason::Pattern));
        reasons.extend(self.keep_newest(candidate));
        reasons.extend(self.keep_young(one));
        reasons.extend(self.keep_undeployed(one).then_some(KeepReason::NothingDeployed));
    }

    fn keep_newest(&self, candidate: usize) -> Option<KeepReason> {
        let of = self.policy.keep_newest?.get();
        let tag = self.candidates[candidate].tag?;
        match self.ranking.of(candidate) {
            Some(standing) if standing.newer >= of => self.tells_version(candidate),
            Some(Standing { is_exact: true, newer, .. }) => {
                Some(KeepReason::Newest { rank: newer + 1, of })
            }
            _ => {
                let selected = self.policy.select.iter().any(|pattern| pattern.names(tag));
                let second = self.second_tags.contains(candidate);
                (!selected && !second).then_some(KeepReason::NoVersion)
            }
        }
    }

    /// `latest` stays because it names no version; the tag that says which one it
    /// is stays with it.
    fn tells_version(&self, candidate: usize) -> Option<KeepReason> {
        let one = &self.candidates[candidate];
        let of = self.without_version.get(&(one.image, one.repository()?))?;
        let is_second = self.second_tags.contains(candidate);
        (!is_second).then(|| KeepReason::VersionOf { of: (*of).clone() })
    }

    fn keep_young(&self, one: &Candidate<'_>) -> Option<KeepReason> {
        let limit = self.policy.older_than?;
        let Some(tagged) = self.inventory.image(one.image).tagged else {
            return Some(KeepReason::AgeUnknown);
        };
        // What was tagged in the future, by a clock that went wrong, is young.
        let age = Duration::try_from(self.now.duration_since(tagged)).unwrap_or_default();
        (age < limit).then_some(KeepReason::Young { age })
    }

    fn keep_undeployed(&self, one: &Candidate<'_>) -> bool {
        let unused = |name: &Reference| !self.deployed.contains(name.repository());
        let of_no_repository = || {
            let in_scope = |it: &&&Repository| self.policy.scope.has_repository(it);
            self.names(one).next().is_none() && self.deployed.iter().find(in_scope).is_none()
        };
        self.policy.keep_deployed && (self.names(one).any(unused) || of_no_repository())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_local_clusters_are_known_whatever_their_registry() {
        for (repository, known) in [
            ("gcr.io/k8s-minikube/kicbase", true),
            ("kicbase/stable", true),
            ("registry.example.org/google_containers/kicbase", true),
            ("kindest/node", true),
            ("rancher/k3s", true),
            ("shop/kicbase-backup", false),
            ("mykindest/node", false),
            ("node", false),
        ] {
            assert_eq!(is_node_image(&repository.parse().unwrap()), known, "{repository}");
        }
    }
}
