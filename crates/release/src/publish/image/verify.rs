use configuration::Image;
use image_ref::Repository;
use registry_dockerhub::{RegistryClient, TagProbe};
use report::Step as Progress;

use super::{ImageEvidence, run::run_from_registry};
use crate::{
    Project,
    clients::Services,
    publish::{
        release::Release,
        step::{Outcome, StepFailure},
    },
};

impl Release<'_> {
    /// What a stranger gets: every tag, every platform, every byte; and a run.
    pub(crate) async fn verify_image(
        &self,
        name: &str,
        progress: &Progress,
    ) -> Result<Outcome, StepFailure> {
        let image = self.image(name)?;
        let evidence = self.image_evidence(name)?;
        let registry = stranger(self.project, self.services, &image.repository);
        for tag in self.tags_of(image)? {
            match registry.probe_tag(&image.repository, &tag, &evidence.digest).await {
                TagProbe::Identical(_) => {}
                TagProbe::Unknown(error) => return Err(error.into()),
                other => {
                    return Err(StepFailure::new(format!(
                        "{}:{tag} does not show the digest pushed: {other:?}",
                        image.repository
                    )));
                }
            }
        }
        let mut bytes = 0;
        for platform in &evidence.platforms {
            progress.line(&format!("pull {platform}"));
            let pulled =
                registry.verify_pull(&image.repository, &evidence.digest, platform).await?;
            bytes += pulled.bytes;
        }
        let ran = self.run_as_pulled(image, &evidence).await?;
        let words = format!("{}; {bytes} bytes pulled{ran}", evidence.words());
        Ok(Outcome::done(&evidence, &words))
    }

    async fn run_as_pulled(
        &self,
        image: &Image,
        evidence: &ImageEvidence,
    ) -> Result<String, StepFailure> {
        let ran = run_from_registry(self.project, self.services, image, evidence, &self.versions())
            .await?;
        Ok(ran.map(|printed| format!("; runs: {printed}")).unwrap_or_default())
    }
}

/// A client that sees what users see; in a private registry users log in.
pub(crate) fn stranger(
    project: &Project,
    services: &Services,
    repository: &Repository,
) -> RegistryClient {
    let private = project.registry(repository).private;
    if private { services.registry.clone() } else { services.registry.anonymous() }
}
