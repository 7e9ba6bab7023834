//! What the files say of one service, layer by layer, and the mentions that
//! follow from all of them.

use std::{collections::BTreeMap, path::PathBuf};

use image_ref::Reference;

use super::{Mention, Mentioned, image::mentioned, scope::Scope};
use crate::{
    interpolation::Interpolated,
    yaml::{Build, Service, Volume},
};

/// What one file says of a service.
pub(super) struct Layer {
    file: PathBuf,
    image: Option<Mentioned>,
    /// `image:` is there without a value, or with one that may be empty.
    maybe_unnamed: bool,
    /// Further names of what is built.
    further: Vec<Mentioned>,
    mounted: Vec<Mentioned>,
    built: bool,
    provided: bool,
    profiles: Vec<String>,
}

impl Layer {
    pub(super) fn of(service: &Service, file: PathBuf, scope: &Scope) -> Self {
        let image = service.image.as_ref().map(|image| image.as_deref().unwrap_or_default());
        let image = image.map(|image| scope.interpolated(image));
        let mounted = service.volumes.iter().flatten().filter_map(mounted_image);
        let tags = service.build.iter().flat_map(Build::tags);
        let profiles = service.profiles.iter().flat_map(|profiles| profiles.all());
        Self {
            file,
            maybe_unnamed: image.as_ref().is_some_and(maybe_empty),
            image: image.filter(|image| !image.pieces.is_empty()).as_ref().map(mentioned),
            further: tags.map(|image| mentioned(&scope.interpolated(image))).collect(),
            mounted: mounted.map(|image| mentioned(&scope.interpolated(image))).collect(),
            built: service.build.is_some(),
            provided: service.provider.is_some(),
            profiles: profiles.filter_map(|profile| scope.text(profile).ok()).collect(),
        }
    }
}

fn maybe_empty(image: &Interpolated) -> bool {
    image.as_compose().is_ok_and(|image| image.trim().is_empty())
}

/// The image that a mount of type `image` shows.
fn mounted_image(volume: &Volume) -> Option<&String> {
    match volume {
        Volume::Mount { r#type: Some(kind), source } if kind == "image" => source.as_ref(),
        _ => None,
    }
}

/// The mentions of every service, by name.
pub(super) fn mentions(
    services: BTreeMap<String, Vec<Layer>>,
    project: &str,
) -> impl Iterator<Item = Mention> {
    services.into_iter().flat_map(move |(service, layers)| of_service(&service, &layers, project))
}

fn of_service(service: &str, layers: &[Layer], project: &str) -> Vec<Mention> {
    let built = layers.iter().any(|layer| layer.built);
    let mut profiles: Vec<String> =
        layers.iter().flat_map(|layer| layer.profiles.clone()).collect();
    profiles.sort();
    profiles.dedup();
    let mention = |file: &PathBuf, image, built| Mention {
        service: service.to_owned(),
        file: file.clone(),
        image,
        built,
        profiles: profiles.clone(),
    };
    let images = layers.iter().flat_map(|layer| {
        let own = layer.image.iter().chain(&layer.further);
        let own = own.map(|image| mention(&layer.file, image.clone(), built));
        let mounted = layer.mounted.iter();
        own.chain(mounted.map(|image| mention(&layer.file, image.clone(), false)))
    });
    let unnamed = unnamed_images(service, layers, project);
    let first = layers.first().map(|layer| layer.file.clone()).unwrap_or_default();
    images.chain(unnamed.into_iter().map(|image| mention(&first, image, built))).collect()
}

/// Images of a service that no file names: built ones get a name by Compose.
fn unnamed_images(service: &str, layers: &[Layer], project: &str) -> Vec<Mentioned> {
    let any = |what: fn(&Layer) -> bool| layers.iter().any(what);
    let named = any(|layer| layer.image.is_some());
    if any(|layer| layer.built) {
        let names = built_names(project, service);
        return names.filter(|_| !named || any(|layer| layer.maybe_unnamed)).collect();
    }
    let accounted = named || any(|layer| layer.provided);
    let unknown = || Mentioned::Unknown("no image is stated".to_owned());
    (!accounted).then(unknown).into_iter().collect()
}

/// The names that Compose 2 and Compose 1 give to what they build.
fn built_names(project: &str, service: &str) -> impl Iterator<Item = Mentioned> {
    let names = ["-", "_"].map(|separator| format!("{project}{separator}{service}").to_lowercase());
    names.into_iter().filter_map(|name| name.parse::<Reference>().ok()).map(Mentioned::Reference)
}
