use std::collections::{BTreeMap, BTreeSet};

use image_ref::Reference;
use image_retention::UsedImage;
use report::{Document, Table};
use serde::Serialize;

use crate::{clusters::ClusterImage, observed::Looked};

/// An image that a cluster uses.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct PodImage {
    cluster: String,
    image: String,
    /// Engines of this run that have it.
    engines: Vec<String>,
    used_by: usize,
}

/// The images of all pods and workloads, each once, in order, against what the
/// engines had.
pub(super) fn images(looked: &Looked) -> Vec<PodImage> {
    let mut found: BTreeMap<(&str, &str), Vec<&ClusterImage>> = BTreeMap::new();
    for cluster in &looked.clusters {
        for one in &cluster.images {
            found.entry((&cluster.context, &one.name)).or_default().push(one);
        }
    }
    let image = |((cluster, image), users): ((&str, &str), Vec<&ClusterImage>)| PodImage {
        cluster: cluster.to_owned(),
        image: image.to_owned(),
        engines: engines_with(looked, users[0]),
        used_by: users.iter().map(|one| &one.user).collect::<BTreeSet<_>>().len(),
    };
    found.into_iter().map(image).collect()
}

fn engines_with(looked: &Looked, image: &ClusterImage) -> Vec<String> {
    let wanted = image.uses.iter().filter_map(|one| match &one.used {
        UsedImage::Reference(reference) => {
            Some(image_retention::with_default_tag(reference.clone()))
        }
        _ => None,
    });
    let wanted: Vec<_> = wanted.collect();
    let has = |names: &[Reference]| names.iter().any(|name| wanted.contains(name));
    let engines = looked.engines.iter().filter(|planned| {
        let mut images = planned.view.observed.images.iter();
        images.any(|image| has(&image.tags) || has(&image.digests))
    });
    engines.map(|planned| planned.view.engine.endpoint().to_string()).collect()
}

pub(super) fn add(document: Document, looked: &Looked, images: &[PodImage]) -> Document {
    if looked.clusters.is_empty() {
        return document;
    }
    let mut table = Table::new(&["cluster", "image", "used by", "kept in"]);
    for one in images {
        let kept = if one.engines.is_empty() {
            "another engine".to_owned()
        } else {
            one.engines.join(", ")
        };
        table.row([one.cluster.clone(), one.image.clone(), one.used_by.to_string(), kept]);
    }
    document.in_writing().heading("Images of pods and workloads").table(table).for_everybody()
}
