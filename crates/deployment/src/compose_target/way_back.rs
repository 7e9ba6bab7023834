//! The names that keep the images of earlier versions.

use image_ref::{ImageId, ImageTag, Reference};
use local_docker::EngineError;

use super::{connect::ComposeTarget, engine_error::engine_error};
use crate::{plan::Instance, target::TargetError};

/// The name of an image that people know it by, and the digest that a registry served.
pub(super) async fn image_name(
    target: &ComposeTarget,
    id: &ImageId,
    reference: &str,
) -> Result<String, TargetError> {
    let image =
        target.engine.images().inspect(id).await.map_err(engine_error("inspect an image"))?;
    let Some(image) = image else { return Ok(format!("{} (removed)", id.short())) };
    Ok(best_name(&image.tags, &image.digests, id, reference.parse().ok().as_ref()))
}

/// One content may be in several repositories: the one that the service names is the
/// best, and of its tags the very one that the service has.
fn best_name(
    tags: &[Reference],
    digests: &[Reference],
    id: &ImageId,
    named: Option<&Reference>,
) -> String {
    let is_named =
        |name: &&Reference| named.is_some_and(|named| named.repository() == name.repository());
    let is_way_back = |name: &&Reference| name.tag().is_some_and(ImageTag::is_rollback_backup);
    let tags = || tags.iter().filter(|name| !is_way_back(name));
    let name = named
        .and_then(|named| tags().find(|name| name.tag() == named.tag() && is_named(name)))
        .or_else(|| tags().find(is_named))
        .or_else(|| digests.iter().find(is_named))
        .or_else(|| tags().next())
        .or_else(|| digests.first());
    let digest = digests.iter().find(is_named).or_else(|| digests.first());
    let short = match digest.and_then(Reference::digest) {
        Some(digest) => digest.short().to_owned(),
        None => format!("image {}", id.short()),
    };
    name.map_or_else(|| short.clone(), |name| format!("{} ({short})", without_digest(name)))
}

fn without_digest(name: &Reference) -> String {
    let tag = name.tag().map_or_else(String::new, |tag| format!(":{tag}"));
    format!("{}{tag}", name.repository())
}

/// Tags the image of an instance in the service's repository.
pub(super) async fn tag_way_back(
    target: &ComposeTarget,
    service: &str,
    instance: &Instance,
    tag: &str,
) -> Result<String, TargetError> {
    let name = way_back_name(target, service, tag)?;
    let Some(image) = &instance.image else {
        let problem = format!("the image of {} cannot be read", instance.name);
        return Err(TargetError::Changed { problem });
    };
    target
        .engine
        .images()
        .tag(image, &name)
        .await
        .map_err(engine_error("keep the image that runs"))?;
    Ok(name.to_string())
}

/// Removes such a tag. An image that a container uses keeps its last name.
pub(super) async fn untag_way_back(
    target: &ComposeTarget,
    service: &str,
    tag: &str,
) -> Result<bool, TargetError> {
    let name = way_back_name(target, service, tag)?;
    match target.engine.images().untag(&name).await {
        Ok(_) => Ok(true),
        Err(EngineError::ImageNotFound { .. } | EngineError::ImageInUse { .. }) => Ok(false),
        Err(error) => Err(engine_error("remove the name of an old image")(error)),
    }
}

fn way_back_name(
    target: &ComposeTarget,
    service: &str,
    tag: &str,
) -> Result<Reference, TargetError> {
    let name = || -> Option<Reference> {
        let declared: Reference = target.model().image_of(service)?.parse().ok()?;
        let tag: ImageTag = tag.parse().ok()?;
        format!("{}:{tag}", declared.repository()).parse().ok()
    };
    name().ok_or_else(|| {
        let problem = format!("the image of {service} has no name that can be tagged");
        TargetError::Changed { problem }
    })
}

#[cfg(test)]
mod tests {
    use image_ref::Digest;

    use super::*;

    fn named(named: &str, tags: &[&str], digests: &[&str]) -> String {
        let parse = |text: &&str| text.parse().unwrap();
        let tags: Vec<Reference> = tags.iter().map(parse).collect();
        let digest = |name: &&str| {
            let digest = Digest::of(name.as_bytes());
            format!("{name}@{digest}").parse().unwrap()
        };
        let digests: Vec<Reference> = digests.iter().map(digest).collect();
        let id = ImageId::new(Digest::of(b""));
        let name = best_name(&tags, &digests, &id, named.parse().ok().as_ref());
        name.split_once(" (").unwrap().0.to_owned()
    }

    #[test]
    fn an_image_of_several_repositories_has_the_name_that_its_service_has() {
        let tags = ["a/old:1", "a/new:latest", "a/new:2"];
        assert_eq!(named("a/new:2", &tags, &["a/old", "a/new"]), "a/new:2");
        assert_eq!(named("a/new:3", &tags, &["a/old", "a/new"]), "a/new:latest");
        assert_eq!(named("a/new:1", &["a/old:1"], &["a/old", "a/new"]), "a/new");
        assert_eq!(named("a/other:1", &tags, &["a/old"]), "a/old:1");
        let backup = "a/new:rollback-backup-20261130-050000";
        assert_eq!(named("a/new:1", &[backup, "a/old:1"], &["a/old"]), "a/old:1");
    }
}
