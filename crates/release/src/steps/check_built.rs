use async_trait::async_trait;
use configuration::Argv;
use process::{Command, Output};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use super::{
    build_image::{BuildImage, ImageEvidence},
    build_package::{BuildPackage, PackageEvidence},
};
use crate::{
    checkouts::tagged_checkout, context::ReleaseContext, folder::Checkout,
    loaded_image::LoadedImage, logged_command::run_logged, recorded_probe::recorded_probe,
    step_error::ReleaseStepError,
};

/// Runs a check of the project with the built package and images within reach.
pub(crate) struct CheckBuilt {
    /// From 1.
    pub(crate) number: usize,
}

/// Evidence of what passed the check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BuiltEvidence {
    package: Option<PackageEvidence>,
    images: Vec<ImageEvidence>,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for CheckBuilt {
    type Evidence = BuiltEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::BuiltCheck(self.number)
    }

    /// What passed is not checked again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let built = built(context)?;
        recorded_probe(context, self, |passed| *passed == built, |_| "already passed".to_owned())
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<BuiltEvidence>, ReleaseStepError> {
        let checks = &context.project.configuration.checks;
        let Some(check) = checks.after_build.get(self.number - 1) else {
            return Err(ReleaseStepError::failed("the check is not in the configuration"));
        };
        run_with_artifacts(context, check, progress).await?;
        Ok(Outcome::done(built(context)?, "passed"))
    }
}

/// The images that are built before anything is public.
fn image_names(context: &ReleaseContext<'_>) -> Vec<String> {
    let images = context.project.configuration.images.iter().zip(context.project.image_names());
    images.filter(|(image, _)| image.needs.is_empty()).map(|(_, name)| name).collect()
}

/// What is built so far.
pub(super) fn built(context: &ReleaseContext<'_>) -> Result<BuiltEvidence, ReleaseStepError> {
    let images = image_names(context).into_iter();
    let images = images.filter_map(|image| context.evidence(&BuildImage { image }).transpose());
    Ok(BuiltEvidence {
        package: context.evidence(&BuildPackage)?,
        images: images.collect::<Result<_, _>>()?,
    })
}

/// Runs a command of the project in the checkout for checks, with the places of
/// everything that was built in its environment. Images are in the engine meanwhile.
pub(super) async fn run_with_artifacts(
    context: &ReleaseContext<'_>,
    argv: &Argv,
    progress: &RunningStep,
) -> Result<Output, ReleaseStepError> {
    let mut images = Vec::new();
    let loaded = load_images(context, &mut images).await;
    let ended = match loaded {
        Ok(()) => run_with_images(context, argv, &images, progress).await,
        Err(error) => Err(error),
    };
    for (_, image) in images {
        image.remove().await?;
    }
    ended
}

/// Adds the images that were built for the engine's platform; an optional one may be
/// missing.
async fn load_images(
    context: &ReleaseContext<'_>,
    loaded: &mut Vec<(String, LoadedImage)>,
) -> Result<(), ReleaseStepError> {
    for image in image_names(context) {
        let is_built = context.evidence(&BuildImage { image: image.clone() })?.is_some();
        if is_built && let Some(found) = LoadedImage::load(context, &image).await? {
            loaded.push((image, found));
        }
    }
    Ok(())
}

async fn run_with_images(
    context: &ReleaseContext<'_>,
    argv: &Argv,
    images: &[(String, LoadedImage)],
    progress: &RunningStep,
) -> Result<Output, ReleaseStepError> {
    tagged_checkout(context, Checkout::Checks).await?;
    let command = context.command(argv.argv(), &context.project_folder(Checkout::Checks))?;
    let command = with_distributions(context, command)?;
    let timeout = context.project.configuration.checks.timeout.duration();
    let command = images.iter().fold(command.timeout(timeout), |command, (name, image)| {
        command.env(image_variable(name), image.name())
    });
    run_logged(context, command, &argv.line(), progress).await
}

/// The names of the files are in the record: nothing is read again for each check.
fn with_distributions(
    context: &ReleaseContext<'_>,
    command: Command,
) -> Result<Command, ReleaseStepError> {
    if context.project.package.is_none() {
        return Ok(command);
    }
    let folder = context.folder.distributions();
    let built = context.require(&BuildPackage, "built package")?;
    let command = command.env("TIDEGATE_DIST", &folder);
    Ok(built.files.iter().fold(command, |command, file| {
        let is_wheel = file.file_name.ends_with(".whl");
        let variable = if is_wheel { "TIDEGATE_WHEEL" } else { "TIDEGATE_SDIST" };
        command.env(variable, folder.join(&file.file_name))
    }))
}

/// `TIDEGATE_IMAGE_WEB_UI` for the image `web-ui`.
fn image_variable(name: &str) -> String {
    let name =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("TIDEGATE_IMAGE_{}", name.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        steps::{build_package::distributions, make_commit::MakeCommit},
        test_scene::{TestScene, carry_out},
    };

    /// What is damaged could not be opened: the check gets its path all the same.
    #[tokio::test]
    async fn a_check_gets_the_built_files_by_their_record() {
        let mut scene = TestScene::new().await;
        let script = "[\"sh\", \"-c\", \"grep -q damaged $TIDEGATE_WHEEL && test -s $TIDEGATE_SDIST \
                      && test $TIDEGATE_DIST/demo_tool-0.2.0.tar.gz -ef $TIDEGATE_SDIST\"]";
        let checks = configuration::parse(&format!("[checks]\nafter-build = [{script}]\n"));
        scene.project.configuration.checks = checks.unwrap().checks;
        let context = scene.context().await;
        carry_out(MakeCommit, &context).await.unwrap();
        scene.build_samples(&context, "hello");
        let built = PackageEvidence::of(&distributions(&context).await.unwrap());
        context.journal.done(&StepId::BuildPackage, &built).unwrap();
        let wheel = context.folder.distributions().join("demo_tool-0.2.0-py3-none-any.whl");
        std::fs::write(wheel, "damaged").unwrap();
        let (_, detail) = carry_out(CheckBuilt { number: 1 }, &context).await.unwrap();
        assert_eq!(detail, "passed");
    }
}
