use std::collections::{BTreeMap, BTreeSet};

use image_ref::Reference;
use image_retention::{UsedImage, with_default_tag};
use serde::Serialize;

use crate::{
    preparation::PreparedEngine,
    users::{ClusterImage, ClusterImages},
};

/// An image that pods and workloads of a cluster use.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClusterImageReport {
    /// The kubeconfig context of the cluster.
    pub cluster: String,
    /// The image, as the cluster names it.
    pub image: String,
    /// Addresses of the engines of the request that have it.
    pub engines: Vec<String>,
    /// Number of pods and workloads that use it.
    pub used_by: usize,
}

/// The images of all clusters, each once, sorted.
pub(super) fn report_cluster_images(
    clusters: &[ClusterImages],
    engines: &[PreparedEngine],
) -> Vec<ClusterImageReport> {
    let mut images: BTreeMap<(&str, &str), Vec<&ClusterImage>> = BTreeMap::new();
    for cluster in clusters {
        for image in &cluster.images {
            images.entry((&cluster.context, &image.name)).or_default().push(image);
        }
    }
    images
        .into_iter()
        .map(|((cluster, name), images)| ClusterImageReport {
            cluster: cluster.to_owned(),
            image: name.to_owned(),
            engines: engines_with_image(engines, images[0]),
            used_by: images.iter().map(|image| &image.user).collect::<BTreeSet<_>>().len(),
        })
        .collect()
}

fn engines_with_image(engines: &[PreparedEngine], image: &ClusterImage) -> Vec<String> {
    let names: Vec<Reference> = image
        .uses
        .iter()
        .filter_map(|image_use| match &image_use.used {
            UsedImage::Reference(reference) => Some(with_default_tag(reference.clone())),
            _ => None,
        })
        .collect();
    engines
        .iter()
        .map(|prepared| &prepared.observation)
        .filter(|observation| {
            let mut images = observation.state.images.iter();
            images.any(|image| image.names().any(|name| names.contains(name)))
        })
        .map(|observation| observation.engine.endpoint().to_string())
        .collect()
}
