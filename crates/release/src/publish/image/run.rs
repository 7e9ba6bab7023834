use configuration::Image;
use local_docker::{ImageName, RunCommand, RunRequest};

use super::ImageEvidence;
use crate::{Project, clients::Services, publish::StepFailure};

/// Pulls the image into the engine as users do, runs its check, and removes it
/// again. `None` when the image has no check or not the engine's platform.
pub(crate) async fn run_from_registry(
    project: &Project,
    services: &Services,
    image: &Image,
    evidence: &ImageEvidence,
    versions: &[String],
) -> Result<Option<String>, StepFailure> {
    if image.contains.is_none() || project.registry(&image.repository).private {
        return Ok(None);
    }
    let engine = services.engine_for_steps().await?;
    let native = engine.description().await?.platform;
    if !evidence.platforms.iter().any(|platform| platform.matches(&native)) {
        return Ok(None);
    }
    let reference = services.pull_reference(&image.repository, evidence.digest.clone());
    let pulled = engine.pull(&reference, None, &|_| ()).await?;
    let ran = run_check(services, image, ImageName::from(reference.clone()), versions).await;
    // What was pulled may be in use by now; then it stays.
    let _ = engine.remove_pulled(&pulled).await;
    ran.map(Some)
}

/// Runs the configured command in an image; it must print the version.
pub(super) async fn run_check(
    services: &Services,
    image: &Image,
    local: ImageName,
    versions: &[String],
) -> Result<String, StepFailure> {
    let Some(command) = &image.contains else { return Ok(String::new()) };
    let engine = services.engine_for_steps().await?;
    let request = RunRequest::new(local, RunCommand::Program(command.words().to_vec()));
    let outcome = engine.run_once(&request).await?;
    let printed = format!("{}{}", outcome.stdout_text(), outcome.stderr_text());
    let shows = versions.iter().any(|version| python_project::mentions_version(&printed, version));
    let shown = printed.lines().next().unwrap_or_default().trim().to_owned();
    match (outcome.success(), shows) {
        (true, true) => Ok(shown),
        (true, false) => Err(StepFailure::new(format!(
            "`{}` in the image printed \"{shown}\", which is not version {}: the image contains another version",
            command.line(),
            versions[0]
        ))),
        (false, _) => Err(StepFailure::new(format!(
            "`{}` in the image ended with exit code {}: {}",
            command.line(),
            outcome.code,
            printed.trim()
        ))),
    }
}
