//! Which image a service is to run, and bringing it to the engine.

use std::collections::BTreeSet;

use compose_runtime::{EngineImage, engine_images, served_digests};
use image_ref::{Digest, ImageId, ImageTag, Reference};
use local_docker::PullLogin;
use registry_dockerhub::Credential;
use report::RunningStep;

use super::{
    connect::ComposeTarget,
    declared::only_container_reason,
    engine_error::engine_error,
    image_name::{FixedTag, NameChange},
    instances::service_containers,
    patience::within_patience,
    tag_variable::{TagVariable, VariableProblem},
};
use crate::{
    plan::{DesiredImage, ServiceChange, UnavailableImage},
    target::{ImageSource, RequestedImage, TargetError},
};

type Resolved = Result<DesiredImage, UnavailableImage>;

/// Finds the image that a service is asked to run, without fetching it.
pub(super) async fn resolve_image(
    target: &ComposeTarget,
    service: &str,
    requested: &RequestedImage,
    source: ImageSource,
) -> Result<Resolved, TargetError> {
    let declared = match declared_reference(target, service, requested) {
        Ok(declared) => declared,
        Err(problem) => return Ok(Err(problem)),
    };
    let wanted = match wanted_reference(&declared, requested) {
        Ok(wanted) => wanted,
        Err(problem) => return Ok(Err(problem)),
    };
    let is_kept = matches!(requested, RequestedImage::Kept { .. });
    let mut change = match NameChange::plan(target, service, &declared, &wanted, is_kept) {
        Ok(change) => change,
        Err(fixed) => return Ok(Err(fixed_tag(target, &fixed, &declared, &wanted))),
    };
    change.before = local_image(target, &change.name).await?.map(|image| image.id);
    let containers = service_containers(target).await?;
    change.in_place = only_container_reason(target, &containers, service).is_some();
    let offline = !is_kept && source == ImageSource::Target && is_served(target, service);
    let found = match requested {
        RequestedImage::Kept { id, .. } => kept_image(target, id).await?,
        _ if !is_served(target, service) => {
            built_image(target, service, &declared, &wanted).await?
        }
        _ if offline => present_image(target, &wanted).await?,
        _ => served_image(target, &wanted).await?,
    };
    let image = |(digest, id)| desired_image(&wanted, digest, id, &change);
    Ok(found.map(|found| DesiredImage { offline, ..image(found) }))
}

fn desired_image(
    wanted: &Reference,
    digest: Option<Digest>,
    id: Option<ImageId>,
    change: &NameChange,
) -> DesiredImage {
    let reference = wanted.to_string();
    let has_name = id.is_some() && change.before == id;
    let is_in_place = has_name && change.variable.is_none() && !change.overrides;
    let side_effects = if is_in_place { Vec::new() } else { change.lines(&reference) };
    let data = serde_json::to_value(change).unwrap_or_default();
    DesiredImage { reference, digest, id, offline: false, side_effects, data }
}

fn declared_reference(
    target: &ComposeTarget,
    service: &str,
    requested: &RequestedImage,
) -> Result<Reference, UnavailableImage> {
    let unavailable =
        |problem: String, advice: String| UnavailableImage { problem, advice: Some(advice) };
    let image = target.model().image_of(service).ok_or_else(|| {
        unavailable("it has no image".to_owned(), "give it an `image` or a `build`".to_owned())
    })?;
    image.parse().map_err(|_| {
        let problem = format!("its image `{image}` is not a valid reference");
        // An unset variable leaves a gap: `demo/api:`.
        let advice = match TagVariable::of_service(target, service) {
            Some(variable) => unset_variable_advice(target, &variable, requested),
            None => "correct it, or set the variable that it contains".to_owned(),
        };
        unavailable(problem, advice)
    })
}

fn unset_variable_advice(
    target: &ComposeTarget,
    variable: &TagVariable,
    requested: &RequestedImage,
) -> String {
    let value = match requested {
        RequestedImage::Tag(tag) => tag,
        _ => "VERSION",
    };
    let (name, file) = (&variable.name, variable.file_to_write(target));
    format!("write the line `{name}={value}` to {}", file.display())
}

fn wanted_reference(
    declared: &Reference,
    requested: &RequestedImage,
) -> Result<Reference, UnavailableImage> {
    let invalid = |text: &str| UnavailableImage {
        problem: format!("`{text}` is neither a tag nor a digest"),
        advice: None,
    };
    match requested {
        RequestedImage::Declared => Ok(declared.clone()),
        RequestedImage::Tag(text) => {
            let tag: ImageTag = text.parse().map_err(|_| invalid(text))?;
            Ok(declared.repository().tagged(tag))
        }
        RequestedImage::Digest(digest) => Ok(declared.repository().pinned(digest.clone())),
        RequestedImage::Kept { reference, .. } => reference.parse().map_err(|_| invalid(reference)),
    }
}

/// Whether a registry may serve the image of a service.
fn is_served(target: &ComposeTarget, service: &str) -> bool {
    let model = target.model();
    let service = &model.services[service];
    !(service.build || matches!(service.pull_policy.as_deref(), Some("never" | "build")))
}

type Found = Result<(Option<Digest>, Option<ImageId>), UnavailableImage>;

async fn kept_image(target: &ComposeTarget, id: &ImageId) -> Result<Found, TargetError> {
    let image = target.engine.images().inspect(id).await.map_err(engine_error("find an image"))?;
    Ok(match image {
        Some(image) => Ok((None, Some(image.id))),
        None => {
            let problem = format!("image {} is no longer on this engine", id.short());
            Err(UnavailableImage { problem, advice: None })
        }
    })
}

async fn built_image(
    target: &ComposeTarget,
    service: &str,
    declared: &Reference,
    wanted: &Reference,
) -> Result<Found, TargetError> {
    Ok(match local_image(target, wanted).await? {
        Some(image) => Ok((None, Some(image.id))),
        None if target.model().services[service].build => Err(UnavailableImage {
            problem: format!(
                "this engine has no image {wanted}, and no registry is asked for it, because the \
                 Compose file builds it"
            ),
            advice: Some(build_advice(target, service, declared, wanted)),
        }),
        None => Err(UnavailableImage {
            problem: format!(
                "this engine has no image {wanted}, and the `pull_policy` of {service} prevents a \
                 pull"
            ),
            advice: Some("load or tag it, or remove the `pull_policy`".to_owned()),
        }),
    })
}

/// How the image that is wanted is built. Compose builds under one name only.
fn build_advice(
    target: &ComposeTarget,
    service: &str,
    declared: &Reference,
    wanted: &Reference,
) -> String {
    if wanted == declared {
        return format!("run `docker compose build {service}`");
    }
    let variable = TagVariable::of_service(target, service).filter(|_| wanted.digest().is_none());
    let value = variable.and_then(|it| Some(format!("{}={}", it.name, it.value_for(wanted)?)));
    match value {
        Some(value) => format!("build it with `{value} docker compose build {service}`"),
        None => format!(
            "`docker compose build {service}` makes {declared}, which `deploy` without a version \
             deploys; to deploy by version, give {service} an `image` with a variable as its tag, \
             such as `image: {}:${{TAG}}`, and build it with that variable",
            declared.repository()
        ),
    }
}

/// What the engine has under this very name.
async fn present_image(target: &ComposeTarget, wanted: &Reference) -> Result<Found, TargetError> {
    Ok(match local_image(target, wanted).await? {
        Some(image) => Ok((None, Some(image.id))),
        None => Err(UnavailableImage {
            problem: format!("{wanted}: not present, and --offline prevents a pull"),
            advice: Some("run once without --offline, or load it".to_owned()),
        }),
    })
}

/// The registry decides, also when the engine has an image of that name.
async fn served_image(target: &ComposeTarget, wanted: &Reference) -> Result<Found, TargetError> {
    let lookup = served_digests(&target.registry, BTreeSet::from([wanted.clone()]));
    let served = match within_patience(target, wanted.repository().registry(), lookup).await {
        Ok(served) => served,
        Err(UnavailableImage { problem, advice }) => {
            return unserved_image(target, wanted, &problem, advice).await.map(Err);
        }
    };
    let digest = match served.into_values().next() {
        Some(Ok(digest)) => digest,
        Some(Err(error)) => {
            return unserved_image(target, wanted, &error.problem, error.advice).await.map(Err);
        }
        None => return Ok(Err(UnavailableImage { problem: wanted.to_string(), advice: None })),
    };
    let pinned = wanted.repository().pinned(digest.clone());
    let local = match local_image(target, &pinned).await? {
        Some(image) => Some(image),
        None => local_image(target, wanted).await?.filter(|image| image.has_digest(&digest)),
    };
    Ok(Ok((Some(digest), local.map(|image| image.id))))
}

/// The image of the engine is never taken silently: it may be another one.
async fn unserved_image(
    target: &ComposeTarget,
    wanted: &Reference,
    problem: &str,
    advice: Option<String>,
) -> Result<UnavailableImage, TargetError> {
    let is_present = local_image(target, wanted).await?.is_some();
    let offline = is_present
        .then(|| "add --offline to deploy the image that this engine has by that name".to_owned());
    let advice: Vec<String> = advice.into_iter().chain(offline).collect();
    Ok(UnavailableImage {
        problem: format!("{wanted}: {problem}"),
        advice: (!advice.is_empty()).then(|| advice.join("; or ")),
    })
}

async fn local_image(
    target: &ComposeTarget,
    name: &Reference,
) -> Result<Option<EngineImage>, TargetError> {
    let images = engine_images(&target.engine, [name.clone()]).await;
    Ok(images.map_err(engine_error("look for a local image"))?.remove(name))
}

/// Pulls an image by its digest; its identifier.
pub(super) async fn pull_image(
    target: &ComposeTarget,
    change: &ServiceChange,
    progress: &RunningStep,
) -> Result<ImageId, TargetError> {
    let Some(digest) = &change.image.digest else {
        let problem = format!("the image of {} is no longer on this engine", change.service);
        return Err(TargetError::Changed { problem });
    };
    let action = format!("pull {}", change.image.reference);
    let name: Reference =
        change.image.reference.parse().map_err(TargetError::unavailable(action.clone()))?;
    let name = name.repository().pinned(digest.clone());
    let login = pull_login(target, &name).await?;
    let on_progress = |part: local_docker::PullProgress| progress.line(&part.status);
    let pulled = target.engine.images().pull_as(login.as_ref(), &name, None, &on_progress).await;
    Ok(pulled.map_err(engine_error(&action))?.image.id)
}

async fn pull_login(
    target: &ComposeTarget,
    name: &Reference,
) -> Result<Option<PullLogin>, TargetError> {
    let credential = target.registry.credential(name.repository()).await;
    let credential = credential.map_err(TargetError::unavailable("read Docker's credentials"))?;
    Ok(credential.map(|credential| match credential {
        Credential::Password { user, password } => PullLogin::Password { user, password },
        Credential::IdentityToken(token) => PullLogin::IdentityToken(token),
        Credential::RegistryToken(token) => PullLogin::RegistryToken(token),
    }))
}

fn fixed_tag(
    target: &ComposeTarget,
    fixed: &FixedTag,
    declared: &Reference,
    wanted: &Reference,
) -> UnavailableImage {
    let set = |variable: &TagVariable| {
        let value = variable.value_for(wanted).unwrap_or_default();
        format!("{}={value}", variable.name)
    };
    let advice = match &fixed.variable {
        Some((variable, VariableProblem::OfEnvironment)) => format!(
            "the environment sets {}, which wins over env files: run `{} deploy`, or unset it",
            variable.name,
            set(variable)
        ),
        Some((variable, VariableProblem::NotPlain)) => format!(
            "write the line `{}` to {}, and run `deploy` without a version",
            set(variable),
            variable.file_to_write(target).display()
        ),
        None => {
            let or = match wanted.digest() {
                Some(_) => "deploy its tag",
                None => "use a variable of `.env` as the tag",
            };
            format!("write {wanted} there and run `deploy` without a version, or {or}")
        }
    };
    let problem = format!("the Compose file names {declared}, not {wanted}");
    UnavailableImage { problem, advice: Some(advice) }
}
