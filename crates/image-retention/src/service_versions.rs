use std::collections::{BTreeMap, BTreeSet, HashMap};

use image_ref::{Digest, Reference, Repository};
use serde::Serialize;

use crate::{
    EngineState, Image, ImageUse, Plan, UsedImage, inventory::Inventory, with_default_tag,
};

/// Deployed and removed versions of one repository, for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServiceVersions {
    /// Service or workload; `None`: the repository has no known user.
    pub service: Option<String>,
    /// The repository.
    pub repository: Repository,
    /// What the service uses: tags that it names, and all tags in this repository
    /// of the images that it runs; the short ID or digest of an image without any.
    pub deployed: Vec<String>,
    /// Tags that are removed, the newest version first.
    pub removed: Vec<String>,
}

/// The deployed versions by repository and service.
type DeployedVersions<'a> = HashMap<&'a Repository, BTreeMap<&'a str, BTreeSet<String>>>;

/// What is deployed and what a plan removes beside it, for each service and each
/// repository of the plan.
#[must_use]
pub fn service_versions(plan: &Plan, state: &EngineState) -> Vec<ServiceVersions> {
    let inventory = Inventory::new(&state.images);
    let deployed = deployed_versions(&inventory, &state.uses);
    let mut versions = Vec::new();
    for (repository, removed) in removed_tags(plan) {
        let services = deployed.get(repository).into_iter().flatten();
        let before = versions.len();
        versions.extend(services.map(|(service, deployed)| ServiceVersions {
            service: Some((*service).to_owned()),
            repository: repository.clone(),
            deployed: deployed.iter().cloned().collect(),
            removed: removed.clone(),
        }));
        if versions.len() == before && !removed.is_empty() {
            let (repository, deployed) = (repository.clone(), Vec::new());
            versions.push(ServiceVersions { service: None, repository, deployed, removed });
        }
    }
    versions
}

/// The removed tags of each repository of the plan, some of which lose none.
fn removed_tags(plan: &Plan) -> BTreeMap<&Repository, Vec<String>> {
    let mut removed: BTreeMap<&Repository, Vec<String>> = BTreeMap::new();
    for decision in &plan.decisions {
        let Some(reference) = decision.reference() else { continue };
        let tags = removed.entry(reference.repository()).or_default();
        if decision.is_removal() {
            tags.extend(reference.tag().map(ToString::to_string));
        }
    }
    removed
}

fn deployed_versions<'a>(inventory: &Inventory<'a>, uses: &'a [ImageUse]) -> DeployedVersions<'a> {
    let mut deployed = DeployedVersions::new();
    for ImageUse { used, user } in uses {
        let Some(service) = user.service() else { continue };
        for (repository, versions) in versions_in_use(inventory, used) {
            let services = deployed.entry(repository).or_default();
            services.entry(service).or_default().extend(versions);
        }
    }
    deployed
}

/// The repositories of a used image, with its versions in each.
fn versions_in_use<'a>(
    inventory: &Inventory<'a>,
    used: &'a UsedImage,
) -> Vec<(&'a Repository, Vec<String>)> {
    match used {
        UsedImage::Image(id) => match inventory.find(id).map(|image| inventory.image(image)) {
            Some(image) => tags_by_repository(image, image.id.short()),
            None => Vec::new(),
        },
        UsedImage::Digest(digest) => versions_of_digest(inventory, digest),
        UsedImage::Reference(reference) => {
            vec![(reference.repository(), versions_of_reference(inventory, reference))]
        }
        UsedImage::Repository(repository) => vec![(repository, Vec::new())],
        UsedImage::Everything => Vec::new(),
    }
}

fn versions_of_digest<'a>(
    inventory: &Inventory<'a>,
    digest: &Digest,
) -> Vec<(&'a Repository, Vec<String>)> {
    inventory
        .with_digest(digest)
        .flat_map(|image| tags_by_repository(inventory.image(image), digest.short()))
        .collect()
}

/// The tag that the reference names, and the others of that image.
fn versions_of_reference(inventory: &Inventory<'_>, reference: &Reference) -> Vec<String> {
    let repository = reference.repository();
    if let (None, Some(digest)) = (reference.tag(), reference.digest()) {
        let tags: Vec<String> = versions_of_digest(inventory, digest)
            .into_iter()
            .filter(|(other, _)| *other == repository)
            .flat_map(|(_, tags)| tags)
            .collect();
        return if tags.is_empty() { vec![digest.short().to_owned()] } else { tags };
    }
    let Some(tag) = with_default_tag(reference.clone()).tag().cloned() else { return Vec::new() };
    let images = inventory.with_tag(&repository.tagged(tag.clone())).iter();
    images
        .flat_map(|image| tags_in_repository(inventory.image(*image), repository))
        .chain([tag.to_string()])
        .collect()
}

/// The image's repositories, each with its tags in it, or with `otherwise`.
fn tags_by_repository<'a>(image: &'a Image, otherwise: &str) -> Vec<(&'a Repository, Vec<String>)> {
    let repositories: BTreeSet<&Repository> = image.names().map(Reference::repository).collect();
    repositories
        .into_iter()
        .map(|repository| {
            let tags: Vec<String> = tags_in_repository(image, repository).collect();
            (repository, if tags.is_empty() { vec![otherwise.to_owned()] } else { tags })
        })
        .collect()
}

fn tags_in_repository(image: &Image, repository: &Repository) -> impl Iterator<Item = String> {
    image
        .tags
        .iter()
        .filter(move |tag| tag.repository() == repository)
        .filter_map(Reference::tag)
        .map(ToString::to_string)
}
