use std::{collections::BTreeSet, path::PathBuf};

use configuration::{Configuration, Github, Image, Package, TextTemplate};
use release_version::{ReleaseVersion, TagTemplate, TemplateValues};
use step_plan::{Effect, PlannedStep, Requirement, StepPlan};

use crate::{
    Action, Attestations, ChangelogState, Observed, ObservedImage, ObservedIndex, ReleasePlan,
    ReleaseStep, StepId,
    action::is_test_index,
    floating::{COMMIT_PLACEHOLDER, observed_moves},
};

/// Lays out the steps of releasing `version`, each after those that it waits for.
#[must_use]
pub fn plan(
    observed: &Observed,
    configuration: &Configuration,
    version: ReleaseVersion,
) -> ReleasePlan {
    let mut layout = Layout::new(observed, configuration, version);
    layout.prepare();
    layout.build();
    layout.push_source();
    layout.publish();
    layout.publish_followed_refs();
    ReleasePlan {
        project: observed.project.clone(),
        version,
        left_out: layout.left_out(),
        tag: layout.tag,
        steps: StepPlan::new(layout.steps),
    }
}

struct Layout<'a> {
    observed: &'a Observed,
    configuration: &'a Configuration,
    version: ReleaseVersion,
    tag: String,
    steps: Vec<ReleaseStep>,
}

/// What a step waits for.
#[derive(Clone, Default)]
struct Dependencies {
    /// Steps that must have succeeded.
    needs: Vec<StepId>,
    /// Steps that must have ended.
    after: Vec<StepId>,
}

impl Dependencies {
    fn on(needs: impl IntoIterator<Item = StepId>) -> Self {
        Self { needs: needs.into_iter().collect(), after: Vec::new() }
    }

    /// Waits for a step that may fail when it is optional.
    fn add(&mut self, step: StepId, optional: bool) {
        let list = if optional { &mut self.after } else { &mut self.needs };
        list.push(step);
    }

    fn extend(&mut self, other: Self) {
        self.needs.extend(other.needs);
        self.after.extend(other.after);
    }
}

impl<'a> Layout<'a> {
    fn new(
        observed: &'a Observed,
        configuration: &'a Configuration,
        version: ReleaseVersion,
    ) -> Self {
        let values = TemplateValues { version: &version, commit: COMMIT_PLACEHOLDER };
        let tag = observed.git.tags.template.render(values);
        Self { observed, configuration, version, tag, steps: Vec::new() }
    }

    fn add(&mut self, action: Action, dependencies: Dependencies, optional: bool) {
        let Dependencies { mut needs, mut after } = dependencies;
        needs.sort();
        needs.dedup();
        after.sort();
        after.dedup();
        let requirement = if optional { Requirement::Optional } else { Requirement::Required };
        self.steps.push(PlannedStep { action, needs, after, requirement });
    }

    fn render(&self, template: &TagTemplate) -> String {
        template.render(self.values())
    }

    fn values(&self) -> TemplateValues<'_> {
        TemplateValues { version: &self.version, commit: COMMIT_PLACEHOLDER }
    }

    /// What comes from the release commit is not there yet.
    fn render_text(&self, template: &TextTemplate, tag: &str) -> String {
        template.render(|name| match name {
            "tag" => tag.to_owned(),
            name => self.values().value_of(name).unwrap_or_else(|| format!("<{name}>")),
        })
    }

    /// The steps so far, or those of them that are (not) local.
    fn steps_so_far(&self, select: impl Fn(Effect) -> bool) -> Dependencies {
        let mut dependencies = Dependencies::default();
        for step in self.steps.iter().filter(|step| select(step.effect())) {
            dependencies.add(step.id(), !step.is_required());
        }
        dependencies
    }

    fn prepare(&mut self) {
        let action = Action::Commit {
            files: self.files_to_change(),
            locks: self.configured_locks(),
            from: self.observed.package.as_ref().and_then(|package| package.version.clone()),
            message: self.render(&self.configuration.git.commit_message),
        };
        self.add(action, Dependencies::default(), false);
        for (command, number) in self.configuration.checks.before_release.iter().zip(1..) {
            let action = Action::RunCheck { number, command: command.line() };
            let previous = self.last_step();
            self.add(action, Dependencies::on([previous]), false);
        }
    }

    fn last_step(&self) -> StepId {
        self.steps.last().map_or(StepId::Commit, PlannedStep::id)
    }

    fn files_to_change(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        if let Some((package, observed)) = self.package().zip(self.observed.package.as_ref()) {
            files.extend(observed.version_file.clone());
            files.extend(observed.module_versions.iter().map(|(path, _)| path.clone()));
            files.extend(observed.locks.iter().map(|lock| lock.path.clone()));
            files.extend(package.version_files.iter().map(|file| file.path().to_owned()));
            files.retain(|file| !observed.untouched.contains(file));
        }
        files.extend(self.changelog_files());
        let mut seen = BTreeSet::new();
        files.retain(|file| seen.insert(file.clone()));
        files
    }

    /// The files of the configured lock command: nobody knows before whether it changes them.
    fn configured_locks(&self) -> Vec<PathBuf> {
        let package = self.package().filter(|package| package.lock.is_some());
        let Some((package, observed)) = package.zip(self.observed.package.as_ref()) else {
            return Vec::new();
        };
        let folder = package.directory.strip_prefix(".").unwrap_or(&package.directory);
        let files = package.lock_files.iter().map(|file| folder.join(file));
        files.filter(|file| !observed.untouched.contains(file)).collect()
    }

    /// The changelog, unless it has the section already, and the folders of the fragments
    /// that become part of it.
    fn changelog_files(&self) -> Vec<PathBuf> {
        let changelog = &self.observed.changelog;
        let fragments = changelog.fragments.iter().flat_map(|fragments| fragments.folders.clone());
        match changelog.state {
            ChangelogState::UnreleasedSection => changelog.file.iter().cloned().collect(),
            ChangelogState::Fragments => changelog.file.iter().cloned().chain(fragments).collect(),
            _ => Vec::new(),
        }
    }

    fn package(&self) -> Option<Package> {
        self.observed.package.as_ref()?;
        Some(self.configuration.package.clone().unwrap_or_default())
    }

    fn build(&mut self) {
        let checked = Dependencies::on([self.last_step()]);
        if self.observed.package.is_some() {
            self.add(Action::BuildPackage, checked.clone(), false);
            let built = Dependencies::on([StepId::BuildPackage]);
            self.add(Action::CheckPackage, built, false);
        }
        for (image, observed) in self.images().filter(|(image, _)| image.needs.is_empty()) {
            self.build_image(image, observed, checked.clone());
        }
        self.check_built();
    }

    fn build_image(&mut self, image: &Image, observed: &ObservedImage, needs: Dependencies) {
        let name = observed.name.clone();
        self.add(Action::BuildImage { image: name.clone() }, needs, image.optional);
        if let Some(scan) = &image.scan {
            let built = Dependencies::on([StepId::BuildImage(name.clone())]);
            let action = Action::ScanImage { image: name, command: scan.line() };
            self.add(action, built, image.optional);
        }
    }

    /// After everything that is built; an optional image may be missing.
    fn check_built(&mut self) {
        let mut dependencies = self.steps_so_far(|effect| effect == Effect::Local);
        for (command, number) in self.configuration.checks.after_build.iter().zip(1..) {
            let action = Action::CheckBuilt { number, command: command.line() };
            let previous = std::mem::take(&mut dependencies);
            self.add(action, previous, false);
            dependencies = Dependencies::on([StepId::BuiltCheck(number)]);
        }
        if let Some(benchmark) = &self.configuration.benchmark {
            let action = Action::RunBenchmark { command: benchmark.command.line() };
            self.add(action, dependencies, false);
        }
    }

    fn images(&self) -> impl Iterator<Item = (&'a Image, &'a ObservedImage)> + use<'a> {
        self.configuration.images.iter().zip(&self.observed.images)
    }

    fn push_source(&mut self) {
        let git = &self.configuration.git;
        let (remote, tag) = (git.remote.clone(), self.tag.clone());
        let branch = self.observed.git.branch.clone().unwrap_or_default();
        let message = match &git.tag_message {
            Some(template) => self.render_text(template, &tag),
            None => format!("Release {tag}"),
        };
        let local = self.steps_so_far(|effect| effect == Effect::Local);
        let on_head = self.steps.iter().any(|step| step.action.commits_nothing());
        let create =
            Action::CreateTag { tag: tag.clone(), message, branch: branch.clone(), on_head };
        self.add(create, local, false);
        let push = Action::PushGit { remote: remote.clone(), branch, tag: tag.clone() };
        self.add(push, Dependencies::on([StepId::CreateTag]), false);
        self.add(Action::VerifyGit { remote, tag }, Dependencies::on([StepId::PushGit]), false);
        self.draft();
    }

    fn draft(&mut self) {
        let Some(github) = &self.configuration.github else { return };
        let (repository, tag) = (github.repository.clone(), self.tag.clone());
        let pushed = Dependencies::on([StepId::PushGit]);
        let draft = Action::DraftForgeRelease { repository, tag };
        let artifacts = match self.left_out() {
            None => self.wheel_artifacts(),
            Some(_) => Vec::new(),
        };
        if artifacts.is_empty() {
            self.add(draft, pushed, github.optional);
            self.await_workflows(github);
        } else {
            self.await_workflows(github);
            self.collect(artifacts);
            // The draft has all files.
            let collected = Dependencies::on([StepId::PushGit, StepId::CollectPackage]);
            self.add(draft, collected, github.optional);
        }
    }

    fn wheel_artifacts(&self) -> Vec<String> {
        self.package().map(|package| package.wheel_artifacts).unwrap_or_default()
    }

    /// The wheels of the workflows, if they are left out.
    fn left_out(&self) -> Option<String> {
        let reason = self.observed.package.as_ref()?.wheels_left_out.as_ref()?;
        let has_artifacts = !self.wheel_artifacts().is_empty();
        has_artifacts.then(|| format!("without the wheels of `wheel-artifacts`: {reason}"))
    }

    fn await_workflows(&mut self, github: &Github) {
        if !github.wait_for.is_empty() {
            let action = Action::AwaitWorkflows { workflows: github.wait_for.clone() };
            self.add(action, Dependencies::on([StepId::PushGit]), false);
        }
    }

    fn collect(&mut self, artifacts: Vec<String>) {
        let mut dependencies = Dependencies::on([StepId::PushGit, StepId::BuildPackage]);
        if self.has_step(&StepId::AwaitWorkflows) {
            dependencies.add(StepId::AwaitWorkflows, false);
        }
        self.add(Action::CollectPackage { artifacts }, dependencies, false);
    }

    /// A test index comes first. What users install from any other index is public
    /// for ever, so it comes after everything else that does not need it.
    fn publish(&mut self) {
        let indexes = self.observed.indexes.iter();
        let (test, final_indexes): (Vec<_>, Vec<_>) =
            indexes.partition(|index| is_test_index(&index.name));
        let mut dependencies = Dependencies::on([StepId::PushGit]);
        for index in test {
            self.upload_and_verify(index, &mut dependencies);
        }
        self.push_images(|image| image.needs.is_empty());
        dependencies.extend(self.steps_so_far(|effect| effect != Effect::Local));
        for index in final_indexes {
            self.upload_and_verify(index, &mut dependencies);
        }
        self.build_images_that_need_an_index();
        self.push_images(|image| !image.needs.is_empty());
    }

    /// Adds both steps; the next index waits for the proof.
    fn upload_and_verify(&mut self, index: &ObservedIndex, dependencies: &mut Dependencies) {
        let ObservedIndex { name, optional, .. } = index;
        dependencies.add(StepId::BuildPackage, false);
        if self.has_step(&StepId::CollectPackage) {
            dependencies.add(StepId::CollectPackage, false);
        }
        let package = self.observed.package.as_ref();
        let can_attest =
            package.is_some_and(|package| package.attestations == Attestations::Possible);
        let attested = can_attest && self.has_trusted_publishers(name);
        let upload = Action::Upload { index: name.clone(), attested };
        self.add(upload, dependencies.clone(), *optional);
        let uploaded = Dependencies::on([StepId::Upload(name.clone())]);
        self.add(Action::VerifyIndex { index: name.clone() }, uploaded, *optional);
        *dependencies = Dependencies::on([StepId::PushGit]);
        dependencies.add(StepId::VerifyIndex(name.clone()), *optional);
    }

    /// Whether an index may accept attestations: a public one at its own address, or one
    /// with the address of its web pages.
    fn has_trusted_publishers(&self, index: &str) -> bool {
        let is_public = matches!(index, "pypi" | "testpypi");
        match self.configuration.indexes.get(index) {
            Some(settings) if settings.web.is_some() => true,
            Some(settings) => is_public && settings.upload.is_none() && settings.simple.is_none(),
            None => is_public,
        }
    }

    fn build_images_that_need_an_index(&mut self) {
        for (image, observed) in self.images().filter(|(image, _)| !image.needs.is_empty()) {
            let proofs = image.needs.iter().cloned().map(StepId::VerifyIndex);
            let planned: Vec<StepId> = proofs.filter(|proof| self.has_step(proof)).collect();
            self.build_image(image, observed, Dependencies::on(planned));
        }
    }

    fn has_step(&self, id: &StepId) -> bool {
        self.steps.iter().any(|step| step.id() == *id)
    }

    fn push_images(&mut self, select: impl Fn(&Image) -> bool) {
        for (image, observed) in self.images().filter(|(image, _)| select(image)) {
            let name = &observed.name;
            let mut built = Dependencies::on([StepId::PushGit, StepId::BuildImage(name.clone())]);
            if image.scan.is_some() {
                built.add(StepId::ScanImage(name.clone()), false);
            }
            if self.has_step(&StepId::AwaitWorkflows) {
                built.add(StepId::AwaitWorkflows, false);
            }
            let push = Action::PushImage {
                image: name.clone(),
                repository: image.repository.clone(),
                tags: image.tags.iter().map(|tag| self.render(tag)).collect(),
            };
            self.add(push, built, image.optional);
            let pushed = Dependencies::on([StepId::PushImage(name.clone())]);
            self.add(Action::VerifyImage { image: name.clone() }, pushed, image.optional);
        }
    }

    fn publish_followed_refs(&mut self) {
        let verified = self.steps_so_far(|effect| effect != Effect::Local);
        for (image, observed) in self.images().filter(|(image, _)| !image.floating.is_empty()) {
            let mut dependencies = verified.clone();
            dependencies.add(StepId::VerifyImage(observed.name.clone()), false);
            let action = Action::MoveFloatingTags {
                image: observed.name.clone(),
                repository: image.repository.clone(),
                moves: observed_moves(
                    image,
                    observed,
                    &self.observed.git.tags.versions(),
                    self.version,
                ),
            };
            self.add(action, dependencies, image.optional);
        }
        self.publish_forge_release();
        self.run_after_release();
    }

    /// Nothing that fails after this is undone, so these are optional.
    fn run_after_release(&mut self) {
        let mut dependencies = self.steps_so_far(|_| true);
        for (command, number) in self.configuration.project.after_release.iter().zip(1..) {
            let action = Action::RunAfterRelease { number, command: command.line() };
            self.add(action, std::mem::take(&mut dependencies), true);
            dependencies.add(StepId::AfterRelease(number), true);
        }
    }

    fn publish_forge_release(&mut self) {
        let Some(github) = &self.configuration.github else { return };
        let mut dependencies = self.steps_so_far(|effect| effect != Effect::Local);
        dependencies.add(StepId::DraftForgeRelease, false);
        let action = Action::PublishForgeRelease {
            repository: github.repository.clone(),
            tag: self.tag.clone(),
        };
        self.add(action, dependencies, github.optional);
    }
}
