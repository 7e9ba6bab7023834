use std::{collections::BTreeMap, path::Path};

use async_trait::async_trait;
use configuration::Image;
use image_ref::{Digest, ParseError, Platform, Repository};
use journal::Entry;
use local_docker::{BuildEvent, BuildRequest, BuildTools, BuiltImage, DockerPrograms, ImageName};
use oci_image::{Closure, Layout};
use operation::error_chain;
use probe::Probe;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use crate::{
    checkouts::{images_checkout, remove_folder},
    context::ReleaseContext,
    folder::Checkout,
    image_check::run_local_image,
    logged_command::run_logged,
    step_error::ReleaseStepError,
};

/// Builds all platforms of an image into a layout on disk, once, and runs it.
pub(crate) struct BuildImage {
    pub(crate) image: String,
}

/// Evidence of a built image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageEvidence {
    /// Digest that all its tags will point to: an index when there are several
    /// platforms or attestations, else a manifest.
    pub(crate) digest: Digest,
    /// What it runs on.
    pub(crate) platforms: Vec<Platform>,
}

impl ImageEvidence {
    pub(crate) fn summary(&self) -> String {
        let platforms: Vec<String> = self.platforms.iter().map(Platform::to_string).collect();
        format!("{} for {}", self.digest.short(), platforms.join(", "))
    }
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for BuildImage {
    type Evidence = ImageEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::BuildImage(self.image.clone())
    }

    /// A complete layout of the recorded digest is used again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let Some(recorded) = context.evidence(self)? else { return Ok(Probe::Absent) };
        // A layout that is gone or damaged is built anew, and then compared.
        let is_complete = Layout::open(context.folder.image(&self.image))
            .is_ok_and(|layout| Closure::new(&layout, &recorded.digest).is_ok());
        if !is_complete {
            return Ok(Probe::Absent);
        }
        let summary = recorded.summary();
        Ok(Probe::Identical(Outcome::already_done(recorded, summary)))
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<ImageEvidence>, ReleaseStepError> {
        let image = configured_image(context, &self.image)?;
        images_checkout(context).await?;
        run_hook(context, image, progress).await?;
        let built = self.build(context, image, progress).await?;
        match context.evidence(self)? {
            Some(recorded) if recorded.digest != built.digest => Err(ReleaseStepError::refused(
                format!(
                    "the rebuilt image {} differs from the recorded {}",
                    built.digest, recorded.digest
                ),
                "tested and published artifacts must come from one build: withdraw the release with \
                 --abort and start again",
            )),
            _ => {
                let summary = built.summary();
                Ok(Outcome::done(built, summary))
            }
        }
    }
}

/// The image of this name in the configuration.
pub(super) fn configured_image<'a>(
    context: &ReleaseContext<'a>,
    name: &str,
) -> Result<&'a Image, ReleaseStepError> {
    let image = context.project.image(name);
    image.ok_or_else(|| ReleaseStepError::failed(format!("no image {name} is configured")))
}

async fn run_hook(
    context: &ReleaseContext<'_>,
    image: &Image,
    progress: &RunningStep,
) -> Result<(), ReleaseStepError> {
    let Some(hook) = &image.before else { return Ok(()) };
    let mut finished = context.hooks.lock().await;
    if !finished.contains(hook.argv()) {
        let command = context.command(hook.argv(), &context.project_folder(Checkout::Images))?;
        run_logged(context, command, &hook.line(), progress).await?;
        finished.insert(hook.argv().to_vec());
    }
    Ok(())
}

impl BuildImage {
    async fn build(
        &self,
        context: &ReleaseContext<'_>,
        image: &Image,
        progress: &RunningStep,
    ) -> Result<ImageEvidence, ReleaseStepError> {
        let engine = context.clients.engine().await?;
        let tools = engine.build_tools(&DockerPrograms::default()).await?;
        let request = self.request(context, image, &tools)?;
        let folder = context.folder.image(&self.image);
        remove_folder(&folder)?;
        let built = engine
            .build(&request, &tools, &folder, &|event| show_build_event(&event, progress))
            .await?;
        let checked = run_native(context, image, &built, &tools.platform).await;
        if let Err(error) = engine.remove_built(&built).await {
            progress.line(&format!("a local image was not removed: {}", error_chain(&error)));
        }
        checked?;
        root_of(&built, &folder)
    }

    fn request(
        &self,
        context: &ReleaseContext<'_>,
        image: &Image,
        tools: &BuildTools,
    ) -> Result<BuildRequest, ReleaseStepError> {
        let folder = context.project_folder(Checkout::Images).join(&image.context);
        let platforms = match image.platforms.as_slice() {
            [] => vec![tools.platform.clone()],
            configured => configured.to_vec(),
        };
        let name = local_image_name(context, &self.image)?;
        let mut request = BuildRequest::new(&folder, name, platforms);
        request.dockerfile = image.dockerfile.clone();
        request.target = image.target.clone();
        request.cache = image.cache && !self.may_have_cached_older_version(context, image);
        request.network = image.network.clone();
        request.source_date_epoch = Some(context.source_date_epoch());
        for (argument, template) in &image.build_args {
            request.build_args.insert(argument.clone(), context.render(template)?);
        }
        point_to_moved_index(context, image, &mut request.build_args);
        Ok(request)
    }

    /// A build step that installed the previous version from a stale page would be
    /// found in the cache for ever: after a failure such an image is built without.
    fn may_have_cached_older_version(&self, context: &ReleaseContext<'_>, image: &Image) -> bool {
        let step = StepId::BuildImage(self.image.clone()).to_string();
        !image.needs.is_empty()
            && context
                .journal
                .records()
                .iter()
                .any(|record| record.step == step && matches!(record.entry, Entry::Failed(_)))
    }
}

/// An index that the configuration places elsewhere must be found by `pip` inside
/// the build, too; Dockerfiles declare `ARG PIP_INDEX_URL` for that.
fn point_to_moved_index(
    context: &ReleaseContext<'_>,
    image: &Image,
    arguments: &mut BTreeMap<String, String>,
) {
    let moved = image.needs.iter().find_map(|name| context.project.index(name).simple);
    if let Some(url) = moved {
        arguments.entry("PIP_INDEX_URL".to_owned()).or_insert_with(|| url.to_string());
    }
}

/// A local name for the build: the same after a crash, so that what was left behind
/// is replaced, and that of no other release, which may run at the same time.
pub(crate) fn local_image_name(
    context: &ReleaseContext<'_>,
    image: &str,
) -> Result<Repository, ReleaseStepError> {
    let (project, image) = (plain_name(&context.project.name), plain_name(image));
    let place = Digest::of(context.folder.path().as_os_str().as_encoded_bytes());
    let name = format!("tidegate-build/{project}-{image}-{}", &place.hex()[..12]);
    name.parse().map_err(|error: ParseError| ReleaseStepError::failed(error.to_string()))
}

/// Only what every image name may contain.
fn plain_name(text: &str) -> String {
    let plain =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    plain.collect::<String>().trim_matches('-').to_owned()
}

async fn run_native(
    context: &ReleaseContext<'_>,
    image: &Image,
    built: &BuiltImage,
    native: &Platform,
) -> Result<(), ReleaseStepError> {
    let Some(local) = built.local_for(native) else { return Ok(()) };
    let name = ImageName::from(local.name.clone());
    run_local_image(context.clients, image, name, &context.spellings()).await.map(drop)
}

/// The digest that tags will point to: the builder's own index, the only manifest,
/// or an index that is assembled and added to the layout.
fn root_of(built: &BuiltImage, folder: &Path) -> Result<ImageEvidence, ReleaseStepError> {
    let platforms = built.platforms.iter().map(|image| image.platform.clone()).collect();
    let digest = match (&built.index, built.platforms.as_slice()) {
        (Some(index), _) => index.digest.clone(),
        (None, [only]) => only.manifest.digest.clone(),
        (None, _) => {
            let whole = Layout::assemble(&[Layout::open(folder)?])?;
            whole.write(folder)?;
            let index = whole.entries().first().map(|entry| entry.digest.clone());
            index.ok_or_else(|| ReleaseStepError::failed("the assembled index is empty"))?
        }
    };
    Ok(ImageEvidence { digest, platforms })
}

fn show_build_event(event: &BuildEvent, progress: &RunningStep) {
    match event {
        BuildEvent::Log { line } => progress.line(line),
        BuildEvent::Warning { text } => progress.line(&format!("warning: {text}")),
        BuildEvent::Exporting { platform } => progress.line(&format!("export {platform}")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_project_name_becomes_part_of_an_image_name() {
        assert_eq!(plain_name("@Acme/Web.App_"), "acme-web-app");
    }
}
