use std::{collections::BTreeMap, path::Path};

use configuration::Image;
use image_ref::{Digest, Platform, Repository};
use journal::{Entry, Record};
use local_docker::{BuildEvent, BuildRequest, BuildTools, BuiltImage, DockerPrograms, ImageName};
use registry_dockerhub::Layout;
use report::Step as Progress;

use super::{ImageEvidence, run::run_check};
use operation::error_chain;

use crate::publish::{
    package::text_of,
    release::{Release, Tree},
    step::{Outcome, StepFailure},
};

impl Release<'_> {
    /// Builds all platforms into a layout and runs the image. A layout that
    /// was built before is used again; a rebuilt one that differs is refused.
    pub(crate) async fn build_image(
        &self,
        name: &str,
        progress: &Progress,
    ) -> Result<Outcome, StepFailure> {
        let step = format!("image.{name}.build");
        let recorded = self.recorded::<ImageEvidence>(&step);
        let folder = self.image_folder(name);
        if let Some(recorded) = &recorded
            && Layout::open(&folder).is_ok_and(|layout| layout.closure(&recorded.digest).is_ok())
        {
            return Ok(Outcome::already(recorded, &recorded.words()));
        }
        let image = self.image(name)?;
        self.images_tree().await?;
        self.run_hook_before(image, progress).await?;
        let built = self.build_layout(name, image, &folder, progress).await?;
        match recorded {
            Some(recorded) if recorded.digest != built.digest => Err(StepFailure::refused(
                format!(
                    "the rebuilt image {} differs from the recorded {}",
                    built.digest, recorded.digest
                ),
                "what was tested and published must be one build: withdraw the release with --abort and start again",
            )),
            _ => Ok(Outcome::done(&built, &built.words())),
        }
    }

    /// The tree of all images, checked out once: hooks share what they make.
    async fn images_tree(&self) -> Result<(), StepFailure> {
        let commit = self.commit_evidence()?.commit;
        self.images_tree.get_or_try_init(|| self.tree_at(Tree::Images, &commit)).await.map(drop)
    }

    async fn run_hook_before(&self, image: &Image, progress: &Progress) -> Result<(), StepFailure> {
        let Some(hook) = &image.before else { return Ok(()) };
        let mut ran = self.hooks.lock().await;
        if !ran.contains(hook.words()) {
            let run =
                self.command(hook.words(), &self.tree_root(Tree::Images)).summary(hook.line());
            run.stream(|line| progress.line(text_of(line))).await?;
            ran.insert(hook.words().to_vec());
        }
        Ok(())
    }

    async fn build_layout(
        &self,
        name: &str,
        image: &Image,
        folder: &Path,
        progress: &Progress,
    ) -> Result<ImageEvidence, StepFailure> {
        let engine = self.services.engine_for_steps().await?;
        let tools = BuildTools::observe(engine, &DockerPrograms::default()).await?;
        let request = self.build_request(name, image, &tools)?;
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(StepFailure::io("empty", folder))?;
        }
        let built = engine.build(&request, &tools, folder, &|event| tell(&event, progress)).await?;
        let checked = self.contains_version(image, &built, &tools.platform).await;
        if let Err(error) = engine.remove_built(&built).await {
            progress.line(&format!("the local image stays: {}", error_chain(&error)));
        }
        checked?;
        root_of(&built, folder)
    }

    fn build_request(
        &self,
        name: &str,
        image: &Image,
        tools: &BuildTools,
    ) -> Result<BuildRequest, StepFailure> {
        let context = self.tree_root(Tree::Images).join(&image.context);
        let platforms = match image.platforms.as_slice() {
            [] => vec![tools.platform.clone()],
            stated => stated.to_vec(),
        };
        let local = self.local_name(name)?;
        let mut request = BuildRequest::new(&context, local, platforms);
        request.dockerfile = image.dockerfile.clone();
        request.target = image.target.clone();
        request.cache = image.cache && !self.may_have_cached_older_version(name, image);
        request.network = image.network.clone();
        request.source_date_epoch = Some(self.begun_seconds());
        for (argument, template) in &image.build_args {
            request.build_args.insert(argument.clone(), self.render(template)?);
        }
        self.point_to_moved_index(image, &mut request.build_args);
        Ok(request)
    }

    /// A step that installed the version before from a stale page would be found
    /// in the cache for ever: after a failure such an image is built without.
    fn may_have_cached_older_version(&self, name: &str, image: &Image) -> bool {
        let step = format!("image.{name}.build");
        let Ok(journal) = self.journal.lock() else { return false };
        let failed =
            |record: &Record| record.step == step && matches!(record.entry, Entry::Failed(_));
        !image.needs.is_empty() && journal.records().iter().any(failed)
    }

    /// An index that the configuration places elsewhere must be found by `pip`
    /// inside the build, too; Dockerfiles declare `ARG PIP_INDEX_URL` for that.
    fn point_to_moved_index(&self, image: &Image, arguments: &mut BTreeMap<String, String>) {
        let moved = image.needs.iter().find_map(|name| self.project.index(name).simple);
        if let Some(url) = moved {
            arguments.entry("PIP_INDEX_URL".to_owned()).or_insert_with(|| url.to_string());
        }
    }

    /// A local name for the build, the same after a crash, so that what was
    /// left behind is replaced; and no other release's, which may run beside
    /// this one with the same project and time.
    fn local_name(&self, image: &str) -> Result<Repository, StepFailure> {
        let plain = |text: &str| -> String {
            let kept =
                |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
            text.chars().map(kept).collect::<String>().trim_matches('-').to_owned()
        };
        let (project, image) = (plain(&self.project.name), plain(image));
        let place = Digest::of(self.folder.as_os_str().as_encoded_bytes());
        let name = format!("tidegate-build/{project}-{image}-{}", &place.hex()[..12]);
        name.parse().map_err(|error: image_ref::ParseError| StepFailure::new(error.to_string()))
    }

    /// Takes away the local names that an interrupted build left.
    pub(crate) async fn remove_local_images(&self) {
        let Ok(engine) = self.services.engine().await else { return };
        for (image, name) in
            self.project.configuration.images.iter().zip(self.project.image_names())
        {
            let Ok(local) = self.local_name(&name) else { continue };
            let stated = image.platforms.iter().cloned();
            for platform in stated.chain([Platform::host()]) {
                if let Ok(tag) = platform.to_string().replace('/', "-").parse() {
                    // Most were never made, or are gone already.
                    let _ = engine.untag(&local.tagged(tag)).await;
                }
            }
        }
    }

    async fn contains_version(
        &self,
        image: &Image,
        built: &BuiltImage,
        native: &Platform,
    ) -> Result<(), StepFailure> {
        match built.local_for(native) {
            Some(local) => {
                let local = ImageName::from(local.name.clone());
                run_check(self.services, image, local, &self.versions()).await.map(drop)
            }
            None => Ok(()),
        }
    }
}

/// The digest that tags will point to: the builder's own index, the only
/// manifest, or an index that is assembled here and added to the layout.
fn root_of(built: &BuiltImage, folder: &Path) -> Result<ImageEvidence, StepFailure> {
    let platforms = built.platforms.iter().map(|image| image.platform.clone()).collect();
    let digest = match (&built.index, built.platforms.as_slice()) {
        (Some(index), _) => index.digest.clone(),
        (None, [only]) => only.manifest.digest.clone(),
        (None, _) => {
            let whole = Layout::assemble(&[Layout::open(folder)?])?;
            whole.write(folder)?;
            let index = whole.entries().first().map(|entry| entry.digest.clone());
            index.ok_or_else(|| StepFailure::new("the assembled index is empty"))?
        }
    };
    Ok(ImageEvidence { digest, platforms })
}

fn tell(event: &BuildEvent, progress: &Progress) {
    match event {
        BuildEvent::Log { line } => progress.line(line),
        BuildEvent::Warning { text } => progress.line(&format!("warning: {text}")),
        BuildEvent::Exporting { platform } => progress.line(&format!("export {platform}")),
        _ => {}
    }
}
