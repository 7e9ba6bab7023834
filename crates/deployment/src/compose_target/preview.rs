//! What is known of images before they are pulled: their variables, and whether they fit
//! on the disk.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use image_ref::{Digest, ImageId, Platform, Reference};
use local_docker::EngineInfo;
use operation::error_chain;
use registry_dockerhub::ImageDescription;

use super::{
    connect::ComposeTarget, disk_need::DiskNeed, engine_error::engine_error,
    patience::within_patience,
};
use crate::{
    plan::{DesiredImage, ObservedDisk},
    target::{ImagePreview, TargetError},
};

/// The images that must be pulled, as their registries describe them; the problem, where
/// that cannot be read.
type Arriving = BTreeMap<Reference, Result<ImageDescription, String>>;

pub(super) async fn preview_images(
    target: &ComposeTarget,
    images: &BTreeMap<String, DesiredImage>,
) -> Result<ImagePreview, TargetError> {
    let missing: BTreeSet<Reference> = images.values().filter_map(missing_image).collect();
    let (mut disk, mut arriving) = (None, Arriving::new());
    if !missing.is_empty() {
        let info = target.engine.info().await.map_err(engine_error("look at the engine"))?;
        arriving = describe_all(target, missing, &info.platform).await;
        disk = Some(disk_for(target, &info, &arriving).await?);
    }
    let mut variables = BTreeMap::new();
    for (service, image) in images {
        let names = match &image.id {
            Some(id) => local_variables(target, id).await?,
            None => arriving_variables(&arriving, image),
        };
        if let Some(names) = names {
            variables.insert(service.clone(), with_declared(target, service, names));
        }
    }
    Ok(ImagePreview { disk, variables })
}

/// The name to pull an image by, unless the engine has it.
fn missing_image(image: &DesiredImage) -> Option<Reference> {
    let name: Reference = image.reference.parse().ok()?;
    let digest = image.digest.clone().filter(|_| image.id.is_none())?;
    Some(name.repository().pinned(digest))
}

async fn describe_all(
    target: &ComposeTarget,
    images: BTreeSet<Reference>,
    platform: &Platform,
) -> Arriving {
    let described = images.into_iter().map(|image| async move {
        let description = describe(target, &image, platform).await;
        (image, description)
    });
    join_all(described).await.into_iter().collect()
}

async fn describe(
    target: &ComposeTarget,
    image: &Reference,
    platform: &Platform,
) -> Result<ImageDescription, String> {
    let repository = image.repository();
    let digest = image.digest().ok_or_else(|| format!("{image} has no digest"))?;
    let images = target.registry.images(repository);
    let request = images.describe(digest, platform);
    let answer = within_patience(target, repository.registry(), request).await;
    answer.map_err(|unavailable| unavailable.problem)?.map_err(|error| error_chain(&error))
}

async fn local_variables(
    target: &ComposeTarget,
    id: &ImageId,
) -> Result<Option<Vec<String>>, TargetError> {
    let image = target.engine.images().inspect(id).await;
    Ok(image.map_err(engine_error("inspect an image"))?.map(|image| image.variable_names))
}

fn arriving_variables(arriving: &Arriving, image: &DesiredImage) -> Option<Vec<String>> {
    let description = arriving.get(&missing_image(image)?)?.as_ref().ok()?;
    Some(description.config.variable_names.clone())
}

/// Those of the image, and those that the Compose files set.
fn with_declared(target: &ComposeTarget, service: &str, names: Vec<String>) -> BTreeSet<String> {
    let model = target.model();
    let declared = model.services.get(service).map(|declared| declared.variable_names.clone());
    names.into_iter().chain(declared.unwrap_or_default()).collect()
}

async fn disk_for(
    target: &ComposeTarget,
    info: &EngineInfo,
    arriving: &Arriving,
) -> Result<ObservedDisk, TargetError> {
    let descriptions: Result<Vec<&ImageDescription>, &String> =
        arriving.values().map(Result::as_ref).collect();
    let descriptions = match descriptions {
        Ok(descriptions) => descriptions,
        Err(problem) => return Ok(ObservedDisk::Unknown(problem.clone())),
    };
    let Some(free) = target.engine.free_bytes(info) else {
        let reason = "the engine keeps its images on another machine".to_owned();
        return Ok(ObservedDisk::Unknown(reason));
    };
    let mut need = DiskNeed::new(&descriptions, &[], &info.store);
    // Looking at every image of the engine takes a while.
    if need.usual > free {
        need = DiskNeed::new(&descriptions, &local_layers(target).await?, &info.store);
    }
    let DiskNeed { least, usual } = need;
    Ok(ObservedDisk::Measured { least, usual, free })
}

/// The layers of every image that the engine has, from the bottom up.
async fn local_layers(target: &ComposeTarget) -> Result<Vec<Vec<Digest>>, TargetError> {
    let images = target.engine.images();
    let listed = images.list(None).await.map_err(engine_error("list the images"))?;
    let details = images.inspect_all(listed.iter().map(|image| &image.id)).await;
    let details = details.map_err(engine_error("inspect the images"))?;
    Ok(details.into_iter().map(|image| image.layers).collect())
}
