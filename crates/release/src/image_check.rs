//! Running an image to see that it contains the version.

use configuration::Image;
use image_ref::{Digest, Platform};
use local_docker::{EngineError, ImageName, PulledImage, RunCommand, RunRequest};
use serde::{Deserialize, Serialize};

use crate::{Project, clients::Clients, step_error::ReleaseStepError};

/// Whether the engine had a published image before it was pulled to run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EngineBefore {
    pub(crate) had_image: bool,
}

impl EngineBefore {
    /// Looks, if the image will be run at all.
    pub(crate) async fn observe(
        project: &Project,
        clients: &Clients,
        image: &Image,
        digest: &Digest,
    ) -> Result<Option<Self>, ReleaseStepError> {
        if !is_run(project, image) {
            return Ok(None);
        }
        let reference = clients.pull_reference(&image.repository, digest.clone());
        let found = clients.engine().await?.images().find(&reference).await?;
        Ok(Some(Self { had_image: found.is_some() }))
    }
}

fn is_run(project: &Project, image: &Image) -> bool {
    image.contains.is_some() && !project.registry(&image.repository).private
}

/// Removes an image that a run which was ended has pulled; whether it was there.
pub(crate) async fn remove_pulled_image(
    clients: &Clients,
    image: &Image,
    digest: &Digest,
) -> Result<bool, ReleaseStepError> {
    let reference = clients.pull_reference(&image.repository, digest.clone());
    match clients.engine().await?.images().untag(&reference).await {
        Ok(_) => Ok(true),
        Err(EngineError::ImageNotFound { .. } | EngineError::ImageInUse { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Pulls the image into the engine as users do, runs its check, and removes it
/// again, unless the engine had it before. `None` when the image has no check, is in
/// a private registry, or has no image for the engine's platform.
pub(crate) async fn run_published_image(
    project: &Project,
    clients: &Clients,
    image: &Image,
    (digest, platforms): (&Digest, &[Platform]),
    versions: &[String],
    before: Option<EngineBefore>,
) -> Result<Option<String>, ReleaseStepError> {
    if !is_run(project, image) {
        return Ok(None);
    }
    let engine = clients.engine().await?;
    let native = engine.info().await?.platform;
    if !platforms.iter().any(|platform| platform.matches(&native)) {
        return Ok(None);
    }
    let reference = clients.pull_reference(&image.repository, digest.clone());
    let pulled = engine.images().pull(&reference, None, &|_| ()).await?;
    let existed = before.map_or(pulled.existed, |before| before.had_image);
    let pulled = PulledImage { existed, ..pulled };
    let printed = run_local_image(clients, image, ImageName::from(reference), versions).await;
    // A container that uses it by now keeps it.
    let _ = engine.images().remove_pulled(&pulled).await;
    printed.map(Some)
}

/// Runs the configured command in a local image; it must print one of the versions.
/// Returns the first line that it printed.
pub(crate) async fn run_local_image(
    clients: &Clients,
    image: &Image,
    local: ImageName,
    versions: &[String],
) -> Result<String, ReleaseStepError> {
    let Some(command) = &image.contains else { return Ok(String::new()) };
    let request = RunRequest::new(local, RunCommand::Program(command.argv().to_vec()));
    let outcome = clients.engine().await?.run_once(&request).await?;
    let printed = format!("{}{}", outcome.stdout_text(), outcome.stderr_text());
    if !outcome.success() {
        return Err(ReleaseStepError::failed(format!(
            "`{}` in the image ended with exit code {}: {}",
            command.line(),
            outcome.code,
            printed.trim()
        )));
    }
    let first_line = printed.lines().next().unwrap_or_default().trim().to_owned();
    if versions.iter().any(|version| python_project::mentions_version(&printed, version)) {
        return Ok(first_line);
    }
    Err(ReleaseStepError::failed(format!(
        "`{}` in the image printed \"{first_line}\", which is not version {}: the image contains \
         another version",
        command.line(),
        versions.first().map(String::as_str).unwrap_or_default()
    )))
}
