use std::path::{Path, PathBuf};

use async_trait::async_trait;
use configuration::Argv;
use image_ref::Digest;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use super::build_image::{BuildImage, configured_image};
use crate::{
    checkouts::images_checkout, context::ReleaseContext, folder::Checkout,
    loaded_image::LoadedImage, logged_command::run_logged, recorded_probe::recorded_probe,
    step_error::ReleaseStepError,
};

/// Scans a built image with the project's own command, before it is pushed.
pub(crate) struct ScanImage {
    pub(crate) image: String,
}

/// Evidence of an image that passed its scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScanEvidence {
    /// The image that was scanned.
    digest: Digest,
    /// The report that the scanner wrote, if it wrote one.
    report: Option<PathBuf>,
}

impl ScanEvidence {
    fn summary(&self) -> String {
        match &self.report {
            Some(path) => format!("passed; report in {}", path.display()),
            None => "passed".to_owned(),
        }
    }
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for ScanImage {
    type Evidence = ScanEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::ScanImage(self.image.clone())
    }

    /// An image that passed is not scanned again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let digest = self.digest(context)?;
        recorded_probe(context, self, |passed| passed.digest == digest, ScanEvidence::summary)
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<ScanEvidence>, ReleaseStepError> {
        let Some(scan) = &configured_image(context, &self.image)?.scan else {
            return Err(ReleaseStepError::failed("the scan is not in the configuration"));
        };
        let report = self.new_report(context)?;
        images_checkout(context).await?;
        let loaded = LoadedImage::load(context, &self.image).await?;
        let scanned = self.run(context, scan, (loaded.as_ref(), &report), progress).await;
        if let Some(loaded) = loaded {
            loaded.remove().await?;
        }
        scanned?;
        let report = Some(report).filter(|path| path.is_file());
        let evidence = ScanEvidence { digest: self.digest(context)?, report };
        let summary = evidence.summary();
        Ok(Outcome::done(evidence, summary))
    }
}

impl ScanImage {
    fn digest(&self, context: &ReleaseContext<'_>) -> Result<Digest, ReleaseStepError> {
        let step = BuildImage { image: self.image.clone() };
        Ok(context.require(&step, "built image")?.digest)
    }

    /// The path for the report. One of an earlier scan is removed.
    fn new_report(&self, context: &ReleaseContext<'_>) -> Result<PathBuf, ReleaseStepError> {
        let folder = context.folder.reports();
        std::fs::create_dir_all(&folder).map_err(ReleaseStepError::io("make", &folder))?;
        let report = folder.join(format!("scan-{}", self.image));
        match std::fs::remove_file(&report) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(ReleaseStepError::io("remove", &report)(error))
            }
            _ => Ok(report),
        }
    }

    async fn run(
        &self,
        context: &ReleaseContext<'_>,
        scan: &Argv,
        (loaded, report): (Option<&LoadedImage>, &Path),
        progress: &RunningStep,
    ) -> Result<(), ReleaseStepError> {
        let folder = context.project_folder(Checkout::Images);
        let command = context.command(scan.argv(), &folder)?;
        let command =
            command.env("TIDEGATE_IMAGE", loaded.map(LoadedImage::name).unwrap_or_default());
        let command = command.env("TIDEGATE_IMAGE_LAYOUT", context.folder.image(&self.image));
        let command = command.env("TIDEGATE_REPORT", report);
        let timeout = context.project.configuration.checks.timeout.duration();
        run_logged(context, command.timeout(timeout), &scan.line(), progress).await?;
        Ok(())
    }
}
