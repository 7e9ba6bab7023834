use std::collections::{BTreeMap, BTreeSet, HashMap};

use image_ref::{Digest, ImageTag, Reference, Repository};
use serde::Serialize;

use crate::{Image, Observed, Plan, Use, Used, User, inventory::Inventory, uses::with_default_tag};

/// Deployed and removed versions of one repository, for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServiceVersions {
    /// Service or workload; `None`: nobody is known to use the repository.
    pub service: Option<String>,
    /// The repository.
    pub repository: Repository,
    /// What the service uses: tags that it names, and all tags in this repository
    /// of the images that it runs; the short ID or digest of an image without any.
    pub deployed: Vec<String>,
    /// Tags that are removed, the newest version first.
    pub removed: Vec<String>,
}

impl User {
    /// The service or workload, by the name that people gave it: that of a pod
    /// without what its controller appends. What is kept for a rollback is none.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::Container { name, service, .. } => Some(service.as_ref().unwrap_or(name)),
            Self::ComposeService { service: name, .. } | Self::SwarmService { name } => Some(name),
            Self::Workload { kind, name, replicas, .. } => match (kind.as_str(), replicas) {
                ("ReplicaSet", Some(0)) | ("ControllerRevision", _) => None,
                ("ReplicaSet", _) => Some(without_hash(name)),
                _ => Some(name),
            },
            Self::Pod { name, .. } => Some(workload_of_pod(name)),
            Self::Unresolved { .. } => None,
        }
    }
}

/// Letters and digits of the suffixes that Kubernetes makes up (its `util/rand`):
/// no vowels, so that no words come out.
const SUFFIX: &str = "bcdfghjklmnpqrstvwxz2456789";

/// `api-7d4b9c6f5d-x2x4z` and `agent-x2x4z` run `api` and `agent`, `db-0` runs `db`.
fn workload_of_pod(name: &str) -> &str {
    let Some((rest, last)) = name.rsplit_once('-') else { return name };
    if !last.is_empty() && last.len() <= 3 && last.bytes().all(|b| b.is_ascii_digit()) {
        return rest;
    }
    if last.len() == 5 && is_made_up(last) { without_hash(rest) } else { name }
}

/// A Deployment's name, from that of one of its ReplicaSets.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((workload, hash)) if (6..=10).contains(&hash.len()) && is_made_up(hash) => workload,
        _ => name,
    }
}

fn is_made_up(text: &str) -> bool {
    text.chars().all(|c| SUFFIX.contains(c))
}

impl Plan {
    /// What is deployed and what was removed beside it, for each service and each
    /// repository that the plan is about.
    #[must_use]
    pub fn version_map(&self, observed: &Observed) -> Vec<ServiceVersions> {
        let inventory = Inventory::new(&observed.images);
        let mut removed: BTreeMap<&Repository, Vec<String>> = BTreeMap::new();
        for decision in &self.decisions {
            let Some(reference) = decision.reference() else { continue };
            let of_repository = removed.entry(reference.repository()).or_default();
            of_repository.extend(reference.tag().filter(|_| decision.is_removal()).map(text));
        }
        let deployed = deployed(&inventory, &observed.uses);
        let entries = removed.into_iter().flat_map(|(repository, removed)| {
            let services = deployed.get(repository).cloned().unwrap_or_default();
            let nobody = (services.is_empty() && !removed.is_empty()).then_some((None, [].into()));
            let services = services.into_iter().map(|(name, tags)| (Some(name.to_owned()), tags));
            services.chain(nobody).map(move |(service, deployed)| ServiceVersions {
                service,
                repository: repository.clone(),
                deployed: deployed.into_iter().collect(),
                removed: removed.clone(),
            })
        });
        entries.collect()
    }
}

fn text(tag: &ImageTag) -> String {
    tag.as_str().to_owned()
}

type Deployed<'a> = HashMap<&'a Repository, BTreeMap<&'a str, BTreeSet<String>>>;

fn deployed<'a>(inventory: &Inventory<'a>, uses: &'a [Use]) -> Deployed<'a> {
    let mut found = Deployed::new();
    for Use { used, user } in uses {
        let Some(service) = user.service() else { continue };
        for (repository, tags) in tags_of(inventory, used) {
            found.entry(repository).or_default().entry(service).or_default().extend(tags);
        }
    }
    found
}

/// The repositories that a use is about, with what it uses of each.
fn tags_of<'a>(inventory: &Inventory<'a>, used: &'a Used) -> Vec<(&'a Repository, Vec<String>)> {
    match used {
        Used::Image(id) => {
            let image = inventory.find(id).map(|image| inventory.image(image));
            image.map_or_else(Vec::new, |image| tags_by_repository(image, image.id.short()))
        }
        Used::Digest(digest) => tags_of_digest(inventory, digest),
        Used::Reference(reference) => vec![(reference.repository(), named(inventory, reference))],
        Used::Repository(repository) => vec![(repository, Vec::new())],
        Used::Everything => Vec::new(),
    }
}

fn tags_of_digest<'a>(
    inventory: &Inventory<'a>,
    digest: &Digest,
) -> Vec<(&'a Repository, Vec<String>)> {
    let images = inventory.with_digest(digest).map(|image| inventory.image(image));
    images.flat_map(|image| tags_by_repository(image, digest.short())).collect()
}

/// The tag that the reference names, and the others of that image.
fn named(inventory: &Inventory<'_>, reference: &Reference) -> Vec<String> {
    let repository = reference.repository();
    if let (None, Some(digest)) = (reference.tag(), reference.digest()) {
        let mut found = tags_of_digest(inventory, digest);
        found.retain(|(other, _)| *other == repository);
        let tags: Vec<String> = found.into_iter().flat_map(|(_, tags)| tags).collect();
        return if tags.is_empty() { vec![digest.short().to_owned()] } else { tags };
    }
    let Some(tag) = with_default_tag(reference.clone()).tag().cloned() else { return Vec::new() };
    let images = inventory.tagged(&repository.tagged(tag.clone())).iter();
    let tags = images.flat_map(|image| tags_in(inventory.image(*image), repository));
    tags.chain([text(&tag)]).collect()
}

fn tags_in(image: &Image, repository: &Repository) -> impl Iterator<Item = String> {
    let of_repository = image.tags.iter().filter(move |tag| tag.repository() == repository);
    of_repository.filter_map(Reference::tag).map(text)
}

/// The image's repositories, each with its tags there, or with `otherwise`.
fn tags_by_repository<'a>(image: &'a Image, otherwise: &str) -> Vec<(&'a Repository, Vec<String>)> {
    let names = image.tags.iter().chain(&image.digests);
    let repositories: BTreeSet<&Repository> = names.map(Reference::repository).collect();
    let with_tags = |repository| {
        let tags: Vec<String> = tags_in(image, repository).collect();
        (repository, if tags.is_empty() { vec![otherwise.to_owned()] } else { tags })
    };
    repositories.into_iter().map(with_tags).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_known_by_the_name_of_their_workload() {
        for (pod, workload) in [
            ("api-7d4b9c6f5d-x2x4z", "api"),
            ("order-api-5f7c8d9b6-bcdfg", "order-api"),
            ("agent-x2x4z", "agent"),
            ("db-0", "db"),
            ("web-cache", "web-cache"),
            ("alone", "alone"),
        ] {
            assert_eq!(workload_of_pod(pod), workload, "{pod}");
        }
    }
    #[test]
    fn what_a_rollback_would_go_back_to_is_not_deployed() {
        let service = |kind: &str, name: &str, replicas| {
            let (cluster, namespace) = ("minikube".to_owned(), "shop".to_owned());
            let (kind, name) = (kind.to_owned(), name.to_owned());
            let user = User::Workload { cluster, namespace, kind, name, replicas };
            user.service().map(str::to_owned)
        };
        assert_eq!(service("Deployment", "api", Some(0)).as_deref(), Some("api"));
        assert_eq!(service("ReplicaSet", "api-7d4b9c6f5d", Some(2)).as_deref(), Some("api"));
        assert_eq!(service("ReplicaSet", "api-5f7c8d9b6", Some(0)), None);
        assert_eq!(service("ControllerRevision", "db-5f7c8d9b6", None), None);
    }
}
