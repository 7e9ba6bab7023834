//! Building an image once, pushing it by digest, verifying it as a stranger,
//! and moving the tags that users follow.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use configuration::Image;
use image_ref::{Digest, ImageTag, Platform, Repository};
use local_docker::{
    BuildEvent, BuildRequest, BuildTools, BuiltImage, DockerPrograms, ImageName, RunCommand,
    RunRequest,
};
use registry_dockerhub::{ContentProbe, Layout, PushEvent, PushOptions, RegistryClient, TagProbe};
use release_plan::floating_moves;
use release_version::FloatingDecision;
use report::{Step as Progress, StepState};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    package::text_of,
    release::Release,
    step::{Outcome, StepFailure},
};
use crate::{Project, services::Services};

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
    fn words(&self) -> String {
        let platforms: Vec<String> = self.platforms.iter().map(Platform::to_string).collect();
        format!("{} for {}", self.digest.short(), platforms.join(", "))
    }
}

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

    fn image(&self, name: &str) -> Result<&Image, StepFailure> {
        let missing = || StepFailure::new(format!("the configuration has no image {name}"));
        self.project.image(name).ok_or_else(missing)
    }

    async fn run_hook_before(&self, image: &Image, progress: &Progress) -> Result<(), StepFailure> {
        let Some(hook) = &image.before else { return Ok(()) };
        let mut ran = self.hooks.lock().await;
        if !ran.insert(hook.words().to_vec()) {
            return Ok(());
        }
        let run = self.command(hook.words(), &self.tree_root()).summary(hook.line());
        run.stream(|line| progress.line(text_of(line))).await?;
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
        engine.remove_built(&built).await?;
        checked?;
        root_of(&built, folder)
    }

    fn build_request(
        &self,
        name: &str,
        image: &Image,
        tools: &BuildTools,
    ) -> Result<BuildRequest, StepFailure> {
        let context = self.tree_root().join(&image.context);
        let platforms = match image.platforms.as_slice() {
            [] => vec![tools.platform.clone()],
            stated => stated.to_vec(),
        };
        let local: Repository = local_name(&self.project.name, name)?;
        let mut request = BuildRequest::new(&context, local, platforms);
        request.dockerfile = image.dockerfile.clone();
        request.target = image.target.clone();
        request.cache = image.cache;
        request.network = image.network.clone();
        request.source_date_epoch = Some(self.begun_seconds());
        for (argument, template) in &image.build_args {
            request.build_args.insert(argument.clone(), self.render(template)?);
        }
        self.point_to_moved_index(image, &mut request.build_args);
        Ok(request)
    }

    /// An index that the configuration places elsewhere must be found by `pip`
    /// inside the build, too; Dockerfiles declare `ARG PIP_INDEX_URL` for that.
    fn point_to_moved_index(&self, image: &Image, arguments: &mut BTreeMap<String, String>) {
        let moved = image.needs.iter().find_map(|name| self.project.index(name).simple);
        if let Some(url) = moved {
            arguments.entry("PIP_INDEX_URL".to_owned()).or_insert_with(|| url.to_string());
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

    /// Spellings of the version, one of which an image must print.
    fn versions(&self) -> [String; 2] {
        [self.plan.version.to_string(), self.pep440()]
    }

    /// Pushes by digest, then points the version tags to it.
    pub(crate) async fn push_image(
        &self,
        name: &str,
        progress: &Progress,
    ) -> Result<Outcome, StepFailure> {
        let image = self.image(name)?;
        let evidence = self.image_evidence(name)?;
        let tags = self.tags_of(image)?;
        let missing = self.missing_tags(&image.repository, &evidence.digest, &tags).await?;
        let registry = &self.services.registry;
        let content = registry.probe_content(&image.repository, &evidence.digest).await;
        if missing.is_empty() && matches!(content, ContentProbe::Identical) {
            return Ok(Outcome::already(&evidence, &tag_words(&tags)));
        }
        let layout = Layout::open(self.image_folder(name))?;
        let options = PushOptions { observer: Some(observer(progress)), ..PushOptions::default() };
        registry.push_layout(&image.repository, &layout, &evidence.digest, &options).await?;
        for tag in &missing {
            registry.tag(&image.repository, &evidence.digest, tag).await?;
        }
        Ok(Outcome::done(
            &evidence,
            &format!("{} as {}", evidence.digest.short(), tag_words(&tags)),
        ))
    }

    /// Version tags that are not there yet; one that points elsewhere is refused.
    async fn missing_tags(
        &self,
        repository: &Repository,
        digest: &Digest,
        tags: &[ImageTag],
    ) -> Result<Vec<ImageTag>, StepFailure> {
        let mut missing = Vec::new();
        for tag in tags {
            match self.services.registry.probe_tag(repository, tag, digest).await {
                TagProbe::Identical(_) => {}
                TagProbe::Absent => missing.push(tag.clone()),
                TagProbe::Diverged { actual } => {
                    return Err(StepFailure::refused(
                        format!(
                            "{repository}:{tag} points to {actual}, not to the image built here"
                        ),
                        "a version tag is never moved: release the next version",
                    ));
                }
                TagProbe::Unknown(error) => return Err(error.into()),
            }
        }
        Ok(missing)
    }

    fn image_evidence(&self, name: &str) -> Result<ImageEvidence, StepFailure> {
        let missing = || StepFailure::new(format!("the built image {name} is not recorded"));
        self.recorded(&format!("image.{name}.build")).ok_or_else(missing)
    }

    fn tags_of(&self, image: &Image) -> Result<Vec<ImageTag>, StepFailure> {
        let names = image.tags.iter().map(|template| self.render(template));
        names.map(|name| parse_tag(&name?)).collect()
    }

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

    /// Moves the floating tags to the verified digest, never backwards. What
    /// each pointed to is journalled before it is moved.
    pub(crate) async fn move_floating(&self, name: &str) -> Result<Outcome, StepFailure> {
        let image = self.image(name)?;
        let evidence = self.image_evidence(name)?;
        let registry = &self.services.registry;
        // Somebody may have released a newer version since the plan was made.
        let there = registry.tags(&image.repository).await?;
        let there = there.iter().map(|tag| tag.as_str().to_owned());
        let moves = floating_moves(image, &there.collect::<Vec<_>>(), self.plan.version);
        let (moving, kept): (Vec<_>, Vec<_>) =
            moves.into_iter().partition(|one| one.decision == FloatingDecision::Move);
        let tags: Vec<ImageTag> =
            moving.iter().map(|one| parse_tag(&one.tag)).collect::<Result<_, _>>()?;
        let plan = registry.plan_retag(&image.repository, &evidence.digest, &tags).await?;
        let step = format!("image.{name}.floating");
        let old: Vec<_> = plan.moves.iter().map(old_place).collect();
        self.intend(&step, json!({ "do": "move-floating", "image": name, "old": old }))?;
        let unchanged = plan.is_empty();
        registry.apply_retag(&plan).await.complete()?;
        let kept: Vec<String> = kept.iter().map(|one| format!("{} stays", one.tag)).collect();
        let words = [vec![tag_words(&tags)], kept].concat().join("; ");
        let state = match (tags.is_empty(), unchanged) {
            (true, _) => StepState::Kept,
            (_, true) => StepState::AlreadyDone,
            _ => StepState::Done,
        };
        let evidence = json!({ "digest": evidence.digest, "tags": tags, "old": old });
        Ok(Outcome::new(state, &evidence, words.trim_start_matches("; ")))
    }
}

/// All that is needed to put a tag back.
fn old_place(one: &registry_dockerhub::TagMove) -> serde_json::Value {
    let manifest = one.old.as_ref().map(|old| {
        json!({
            "digest": old.digest(),
            "media-type": old.media_type().as_str(),
            "manifest": String::from_utf8_lossy(old.bytes()),
        })
    });
    json!({ "tag": one.tag, "was": manifest })
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

/// A client that sees what users see; in a private registry users log in.
pub(crate) fn stranger(
    project: &Project,
    services: &Services,
    repository: &Repository,
) -> RegistryClient {
    let settings = project.configuration.registries.get(repository.registry().as_str());
    let private = settings.is_some_and(|settings| settings.private);
    if private { services.registry.clone() } else { services.registry.anonymous() }
}

/// Pulls the image into the engine as users do, runs its check, and removes it
/// again. `None` when the image has no check or not the engine's platform.
pub(crate) async fn run_from_registry(
    project: &Project,
    services: &Services,
    image: &Image,
    evidence: &ImageEvidence,
    versions: &[String],
) -> Result<Option<String>, StepFailure> {
    let private = project.configuration.registries.get(image.repository.registry().as_str());
    if image.contains.is_none() || private.is_some_and(|settings| settings.private) {
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
    engine.remove_pulled(&pulled).await?;
    ran.map(Some)
}

/// Runs the configured command in an image; it must print the version.
async fn run_check(
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

fn tell(event: &BuildEvent, progress: &Progress) {
    match event {
        BuildEvent::Log { line } => progress.line(line),
        BuildEvent::Warning { text } => progress.line(&format!("warning: {text}")),
        BuildEvent::Exporting { platform } => progress.line(&format!("export {platform}")),
        _ => {}
    }
}

/// Turns a push's events into bytes of one bar.
fn observer(progress: &Progress) -> registry_dockerhub::PushObserver {
    let (bar, total) = (progress.clone(), std::sync::Mutex::new((0_u64, BTreeMap::new())));
    Arc::new(move |event| {
        let Ok(mut state) = total.lock() else { return };
        let (all, sent) = &mut *state;
        let (digest, now) = match event {
            PushEvent::Planned { bytes, .. } => {
                *all = bytes;
                return;
            }
            PushEvent::Sent { digest, sent, .. } => (digest, sent),
            PushEvent::BlobDone { digest, size, .. } => (digest, size),
            PushEvent::ManifestDone { .. } => return,
        };
        let before = sent.insert(digest, now).unwrap_or(0);
        bar.advance(now.saturating_sub(before), Some(*all));
    })
}

fn local_name(project: &str, image: &str) -> Result<Repository, StepFailure> {
    let plain = |text: &str| -> String {
        let mapped = text
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
        mapped.collect::<String>().trim_matches('-').to_owned()
    };
    let name = format!("slipway-build/{}-{}-{}", plain(project), plain(image), std::process::id());
    name.parse().map_err(|error: image_ref::ParseError| StepFailure::new(error.to_string()))
}

fn parse_tag(name: &str) -> Result<ImageTag, StepFailure> {
    name.parse().map_err(|error: image_ref::ParseError| StepFailure::new(error.to_string()))
}

fn tag_words(tags: &[ImageTag]) -> String {
    tags.iter().map(ImageTag::as_str).collect::<Vec<_>>().join(", ")
}
