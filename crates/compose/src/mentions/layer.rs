//! What the files declare for one service, layer by layer, and the mentions that
//! follow from all layers.

use std::{collections::BTreeMap, path::PathBuf};

use image_ref::Reference;

use super::{
    image::mentioned_image,
    mention::{Mention, Mentioned},
    scope::FileScope,
};
use crate::{
    interpolation::Interpolated,
    yaml::{Build, OneOrMany, RawService, RawVolume},
};

/// What one file declares for a service.
pub(super) struct Layer {
    file: PathBuf,
    image: Option<Mentioned>,
    /// Whether `image:` is present without a value, or with a value that may be empty.
    maybe_unnamed: bool,
    /// Further names of the built image.
    tags: Vec<Mentioned>,
    mounted: Vec<Mentioned>,
    built: bool,
    has_provider: bool,
    profiles: Vec<String>,
}

impl Layer {
    pub(super) fn new(service: &RawService, file: PathBuf, scope: &FileScope) -> Self {
        let image = service.image.as_ref().map(|image| image.as_deref().unwrap_or_default());
        let image = image.map(|image| scope.interpolate(image));
        let mounted = service.volumes.iter().flatten().filter_map(mounted_image);
        let tags = service.build.iter().flat_map(Build::extra_tags);
        let profiles = service.profiles.iter().flat_map(OneOrMany::as_slice);
        Self {
            file,
            maybe_unnamed: image.as_ref().is_some_and(may_be_empty),
            image: image.filter(|image| !image.pieces.is_empty()).as_ref().map(mentioned_image),
            tags: tags.map(|image| mentioned_image(&scope.interpolate(image))).collect(),
            mounted: mounted.map(|image| mentioned_image(&scope.interpolate(image))).collect(),
            built: service.build.is_some(),
            has_provider: service.provider.is_some(),
            profiles: profiles.filter_map(|profile| scope.resolve_text(profile).ok()).collect(),
        }
    }
}

fn may_be_empty(image: &Interpolated) -> bool {
    image.resolve_as_compose().is_ok_and(|image| image.trim().is_empty())
}

/// The image of a mount of type `image`.
fn mounted_image(volume: &RawVolume) -> Option<&String> {
    match volume {
        RawVolume::Mount { r#type: Some(kind), source } if kind == "image" => source.as_ref(),
        _ => None,
    }
}

/// The mentions of every service, by name.
pub(super) fn mentions_of_services(
    services: BTreeMap<String, Vec<Layer>>,
    project: &str,
) -> impl Iterator<Item = Mention> {
    services
        .into_iter()
        .flat_map(move |(service, layers)| mentions_of_service(&service, &layers, project))
}

fn mentions_of_service(service: &str, layers: &[Layer], project: &str) -> Vec<Mention> {
    let built = layers.iter().any(|layer| layer.built);
    let mut profiles: Vec<String> =
        layers.iter().flat_map(|layer| layer.profiles.clone()).collect();
    profiles.sort();
    profiles.dedup();
    let mut images: Vec<(&PathBuf, Mentioned, bool)> = Vec::new();
    for layer in layers {
        let named = layer.image.iter().chain(&layer.tags);
        images.extend(named.map(|image| (&layer.file, image.clone(), built)));
        images.extend(layer.mounted.iter().map(|image| (&layer.file, image.clone(), false)));
    }
    if let Some(first) = layers.first() {
        let unnamed = unnamed_images(service, layers, project).into_iter();
        images.extend(unnamed.map(|image| (&first.file, image, built)));
    }
    let mention = images.into_iter().map(|(file, image, built)| Mention {
        service: service.to_owned(),
        file: file.clone(),
        image,
        built,
        profiles: profiles.clone(),
    });
    mention.collect()
}

/// Images of a service that no file names: Compose names those that it builds.
fn unnamed_images(service: &str, layers: &[Layer], project: &str) -> Vec<Mentioned> {
    let is_named = layers.iter().any(|layer| layer.image.is_some());
    if layers.iter().any(|layer| layer.built) {
        let may_be_unnamed = !is_named || layers.iter().any(|layer| layer.maybe_unnamed);
        return built_names(project, service).filter(|_| may_be_unnamed).collect();
    }
    if is_named || layers.iter().any(|layer| layer.has_provider) {
        return Vec::new();
    }
    vec![Mentioned::Unknown("no image is specified".to_owned())]
}

/// The names that Compose 2 and Compose 1 give to the images they build.
fn built_names(project: &str, service: &str) -> impl Iterator<Item = Mentioned> {
    let names = ["-", "_"].map(|separator| format!("{project}{separator}{service}").to_lowercase());
    names.into_iter().filter_map(|name| name.parse::<Reference>().ok()).map(Mentioned::Reference)
}
