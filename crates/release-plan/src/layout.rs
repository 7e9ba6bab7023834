use std::{collections::BTreeSet, path::PathBuf};

use configuration::{Configuration, Image, Package};
use release_version::{ReleaseVersion, TagTemplate, TemplateValues};
use step_plan::{Effect, PlannedStep, Requirement, StepPlan};

use crate::{
    Action, ChangelogState, Observed, ObservedImage, ObservedIndex, ReleasePlan, ReleaseStep,
    StepId,
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
        template.render(TemplateValues { version: &self.version, commit: COMMIT_PLACEHOLDER })
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
            files.extend(package.lock.iter().flat_map(|_| package.lock_files.clone()));
        }
        if self.observed.changelog != ChangelogState::NoFile {
            files.push(self.configuration.changelog.file.clone());
        }
        let mut seen = BTreeSet::new();
        files.retain(|file| seen.insert(file.clone()));
        files
    }

    fn package(&self) -> Option<Package> {
        self.observed.package.as_ref()?;
        Some(self.configuration.package.clone().unwrap_or_default())
    }

    fn build(&mut self) {
        let checked = Dependencies::on([self.last_step()]);
        if self.observed.package.is_some() {
            self.add(Action::BuildPackage, checked.clone(), false);
        }
        for (image, observed) in self.images().filter(|(image, _)| image.needs.is_empty()) {
            let action = Action::BuildImage { image: observed.name.clone() };
            self.add(action, checked.clone(), image.optional);
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
            Some(template) => self.render(template),
            None => format!("Release {tag}"),
        };
        let local = self.steps_so_far(|effect| effect == Effect::Local);
        let create = Action::CreateTag { tag: tag.clone(), message, branch: branch.clone() };
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
        self.add(draft, pushed.clone(), github.optional);
        if !github.wait_for.is_empty() {
            let action = Action::AwaitWorkflows { workflows: github.wait_for.clone() };
            self.add(action, pushed, false);
        }
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
        self.add(Action::Upload { index: name.clone() }, dependencies.clone(), *optional);
        let uploaded = Dependencies::on([StepId::Upload(name.clone())]);
        self.add(Action::VerifyIndex { index: name.clone() }, uploaded, *optional);
        *dependencies = Dependencies::on([StepId::PushGit]);
        dependencies.add(StepId::VerifyIndex(name.clone()), *optional);
    }

    fn build_images_that_need_an_index(&mut self) {
        for (image, observed) in self.images().filter(|(image, _)| !image.needs.is_empty()) {
            let proofs = image.needs.iter().cloned().map(StepId::VerifyIndex);
            let planned: Vec<StepId> = proofs.filter(|proof| self.has_step(proof)).collect();
            let action = Action::BuildImage { image: observed.name.clone() };
            self.add(action, Dependencies::on(planned), image.optional);
        }
    }

    fn has_step(&self, id: &StepId) -> bool {
        self.steps.iter().any(|step| step.id() == *id)
    }

    fn push_images(&mut self, select: impl Fn(&Image) -> bool) {
        for (image, observed) in self.images().filter(|(image, _)| select(image)) {
            let name = &observed.name;
            let mut built = Dependencies::on([StepId::PushGit, StepId::BuildImage(name.clone())]);
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
