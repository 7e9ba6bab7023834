use std::path::{Path, PathBuf};

use configuration::{Configuration, Image};
use release_version::{ReleaseVersion, TagTemplate, TemplateValues, decide_floating};

use crate::{
    Action, FloatingMove, Observed, ObservedImage, ReleasePlan, Requirement, Reversibility, Step,
    StepId,
};

/// Stands for the commit that is not made yet.
const COMMIT_PLACE: &str = "<commit>";

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
    layout.share_source();
    layout.publish();
    layout.let_users_follow();
    ReleasePlan { project: observed.project.clone(), version, tag: layout.tag, steps: layout.steps }
}

struct Layout<'a> {
    observed: &'a Observed,
    configuration: &'a Configuration,
    version: ReleaseVersion,
    tag: String,
    steps: Vec<Step>,
}

/// Where a step stands in the order.
struct Place {
    needs: Vec<StepId>,
    after: Vec<StepId>,
    requirement: Requirement,
    reversibility: Reversibility,
}

impl Place {
    fn new(reversibility: Reversibility, needs: Vec<StepId>) -> Self {
        Self { needs, after: Vec::new(), requirement: Requirement::Required, reversibility }
    }

    fn after(mut self, after: Vec<StepId>) -> Self {
        self.after = after;
        self
    }

    fn optional(mut self, optional: bool) -> Self {
        if optional {
            self.requirement = Requirement::Optional;
        }
        self
    }
}

fn id(text: impl Into<String>) -> StepId {
    StepId::new(text)
}

impl<'a> Layout<'a> {
    fn new(
        observed: &'a Observed,
        configuration: &'a Configuration,
        version: ReleaseVersion,
    ) -> Self {
        let values = TemplateValues { version: &version, commit: COMMIT_PLACE };
        let tag = configuration.git.tag.render(values);
        Self { observed, configuration, version, tag, steps: Vec::new() }
    }

    fn add(&mut self, name: impl Into<String>, action: Action, place: Place) {
        let Place { needs, after, requirement, reversibility } = place;
        let step = Step { id: id(name), action, needs, after, requirement, reversibility };
        self.steps.push(step);
    }

    fn render(&self, template: &TagTemplate) -> String {
        template.render(TemplateValues { version: &self.version, commit: COMMIT_PLACE })
    }

    fn branch(&self) -> String {
        self.observed.git.branch.clone().unwrap_or_default()
    }

    fn prepare(&mut self) {
        let action = Action::Commit {
            files: self.files_to_change(),
            from: self.observed.package.as_ref().and_then(|package| package.version.clone()),
            message: self.render(&self.configuration.git.commit_message),
        };
        self.add("prepare.commit", action, Place::new(Reversibility::Local, Vec::new()));
        for (index, command) in self.configuration.checks.before_release.iter().enumerate() {
            let before = self.last_step();
            let action = Action::RunCheck { number: index + 1, command: command.line() };
            let place = Place::new(Reversibility::Local, vec![before]);
            self.add(format!("check.{}", index + 1), action, place);
        }
    }

    fn files_to_change(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        if let (Some(package), Some(_)) = (self.package(), &self.observed.package) {
            let inside = |path: &Path| {
                let folder = package.directory.strip_prefix(".").unwrap_or(&package.directory);
                folder.join(path)
            };
            files.push(inside(Path::new("pyproject.toml")));
            files.extend(package.version_files.iter().map(|file| file.path().to_owned()));
            files.extend(package.lock.iter().flat_map(|_| package.lock_files.clone()));
        }
        if self.observed.changelog != crate::ChangelogState::NoFile {
            files.push(self.configuration.changelog.file.clone());
        }
        files
    }

    fn package(&self) -> Option<configuration::Package> {
        self.observed.package.as_ref()?;
        Some(self.configuration.package.clone().unwrap_or_default())
    }

    fn last_step(&self) -> StepId {
        self.steps.last().map_or_else(|| id("prepare.commit"), |step| step.id.clone())
    }

    fn build(&mut self) {
        let checked = vec![self.last_step()];
        if self.observed.package.is_some() {
            let place = Place::new(Reversibility::Local, checked.clone());
            self.add("package.build", Action::BuildPackage, place);
        }
        for (image, observed) in self.images().filter(|(image, _)| image.needs.is_empty()) {
            let place = Place::new(Reversibility::Local, checked.clone()).optional(image.optional);
            self.add_build(&observed.name, place);
        }
    }

    fn add_build(&mut self, image: &str, place: Place) {
        let action = Action::BuildImage { image: image.to_owned() };
        self.add(format!("image.{image}.build"), action, place);
    }

    fn images(&self) -> impl Iterator<Item = (&'a Image, &'a ObservedImage)> + use<'a> {
        self.configuration.images.iter().zip(&self.observed.images)
    }

    /// Identifiers of the steps made so far that `wanted` picks, those of
    /// required steps and those of optional ones.
    fn made(&self, wanted: impl Fn(&Step) -> bool) -> (Vec<StepId>, Vec<StepId>) {
        let picked = self.steps.iter().filter(|step| wanted(step));
        let (required, optional): (Vec<_>, Vec<_>) =
            picked.partition(|step| step.requirement == Requirement::Required);
        let ids = |steps: Vec<&Step>| steps.iter().map(|step| step.id.clone()).collect();
        (ids(required), ids(optional))
    }

    fn share_source(&mut self) {
        let (local, optional) = self.made(|step| step.reversibility == Reversibility::Local);
        let git = &self.configuration.git;
        let (branch, tag) = (self.branch(), self.tag.clone());
        let message = self.render(&git.tag_message);
        let action = Action::CreateTag { tag: tag.clone(), message, branch: branch.clone() };
        self.add("git.tag", action, Place::new(Reversibility::Local, local).after(optional));
        let action = Action::PushGit { remote: git.remote.clone(), branch, tag: tag.clone() };
        self.add("git.push", action, Place::new(Reversibility::Withdrawable, vec![id("git.tag")]));
        let place = Place::new(Reversibility::Check, vec![id("git.push")]);
        self.add("git.verify", Action::VerifyGit { tag }, place);
        self.draft();
    }

    fn draft(&mut self) {
        let Some(github) = &self.configuration.github else { return };
        let (repository, tag) = (github.repository.clone(), self.tag.clone());
        let place = Place::new(Reversibility::Withdrawable, vec![id("git.push")]);
        let action = Action::DraftForgeRelease { repository, tag };
        self.add("github.draft", action, place.optional(github.optional));
        if !github.wait_for.is_empty() {
            let action = Action::AwaitWorkflows { workflows: github.wait_for.clone() };
            let place = Place::new(Reversibility::Check, vec![id("git.push")]);
            self.add("github.workflows", action, place);
        }
    }

    /// A test index may forget; what any other index has, it has for ever, so
    /// it comes after everything that can still be withdrawn.
    fn publish(&mut self) {
        let indexes = self.observed.indexes.iter();
        let (tests, lasting): (Vec<_>, Vec<_>) =
            indexes.partition(|index| index.name == "testpypi");
        let mut place = Place::new(Reversibility::Withdrawable, vec![id("git.push")]);
        for index in tests {
            place = self.upload_and_prove(&index.name, index.optional, place);
        }
        self.push_images(|image| image.needs.is_empty());
        let (ready, optional) = self.made(|step| step.reversibility > Reversibility::Local);
        place.needs.extend(ready);
        place.after.extend(optional);
        for index in lasting {
            place.reversibility = Reversibility::Permanent;
            let next = self.upload_and_prove(&index.name, index.optional, place);
            place = Place { needs: [next.needs, vec![id("git.push")]].concat(), ..next };
        }
        self.build_images_that_need_an_index();
        self.push_images(|image| !image.needs.is_empty());
    }

    /// Adds both steps; gives the place of the index that comes next.
    fn upload_and_prove(&mut self, index: &str, optional: bool, mut place: Place) -> Place {
        place.needs.push(id("package.build"));
        place.needs.sort();
        place.needs.dedup();
        let (upload, prove) = (format!("index.{index}.upload"), format!("index.{index}.verify"));
        let action = Action::Upload { index: index.to_owned() };
        self.add(&*upload, action, place.optional(optional));
        let place = Place::new(Reversibility::Check, vec![id(upload)]).optional(optional);
        let action = Action::ProveIndex { index: index.to_owned() };
        self.add(&*prove, action, place);
        let next = Place::new(Reversibility::Withdrawable, vec![id("git.push")]);
        if optional {
            next.after(vec![id(prove)])
        } else {
            Place { needs: vec![id("git.push"), id(prove)], ..next }
        }
    }

    fn build_images_that_need_an_index(&mut self) {
        for (image, observed) in self.images().filter(|(image, _)| !image.needs.is_empty()) {
            let proofs = image.needs.iter().map(|index| id(format!("index.{index}.verify")));
            let known =
                proofs.filter(|proof| self.steps.iter().any(|step| step.id == *proof)).collect();
            let place = Place::new(Reversibility::Local, known).optional(image.optional);
            self.add_build(&observed.name, place);
        }
    }

    fn push_images(&mut self, wanted: impl Fn(&Image) -> bool) {
        for (image, observed) in self.images().filter(|(image, _)| wanted(image)) {
            let name = &observed.name;
            let mut needs = vec![id("git.push"), id(format!("image.{name}.build"))];
            needs.extend(
                self.configuration
                    .github
                    .iter()
                    .filter(|github| !github.wait_for.is_empty())
                    .map(|_| id("github.workflows")),
            );
            let action = Action::PushImage {
                image: name.clone(),
                repository: image.repository.clone(),
                tags: image.tags.iter().map(|tag| self.render(tag)).collect(),
            };
            let place = Place::new(Reversibility::Withdrawable, needs).optional(image.optional);
            self.add(format!("image.{name}.push"), action, place);
            let pushed = vec![id(format!("image.{name}.push"))];
            let place = Place::new(Reversibility::Check, pushed).optional(image.optional);
            self.add(
                format!("image.{name}.verify"),
                Action::VerifyImage { image: name.clone() },
                place,
            );
        }
    }

    fn let_users_follow(&mut self) {
        let (verified, optional) =
            self.made(|step| step.reversibility >= Reversibility::Withdrawable);
        for (image, observed) in self.images().filter(|(image, _)| !image.floating.is_empty()) {
            let own = id(format!("image.{}.verify", observed.name));
            let mut needs = verified.clone();
            if !needs.contains(&own) {
                needs.push(own);
            }
            let action = Action::MoveFloating {
                image: observed.name.clone(),
                repository: image.repository.clone(),
                moves: observed_moves(image, observed, &self.observed.git.tagged, self.version),
            };
            let place = Place::new(Reversibility::Followed, needs).after(optional.clone());
            let name = format!("image.{}.floating", observed.name);
            self.add(name, action, place.optional(image.optional));
        }
        self.publish_forge_release();
    }

    fn publish_forge_release(&mut self) {
        let Some(github) = &self.configuration.github else { return };
        let (mut required, optional) =
            self.made(|step| step.reversibility >= Reversibility::Withdrawable);
        let draft = id("github.draft");
        if !required.contains(&draft) {
            required.push(draft);
        }
        let action = Action::PublishForgeRelease {
            repository: github.repository.clone(),
            tag: self.tag.clone(),
        };
        let place = Place::new(Reversibility::Followed, required).after(optional);
        self.add("github.publish", action, place.optional(github.optional));
    }
}

/// What happens to each floating tag of an image, given the tags of its
/// repository and the versions released elsewhere: a version that is known
/// anywhere counts, because not every tag shows its version.
#[must_use]
pub fn floating_moves(
    image: &Image,
    tags: &[String],
    released: &[ReleaseVersion],
    version: ReleaseVersion,
) -> Vec<FloatingMove> {
    let version_of = |tag: &String| image.tags.iter().find_map(|template| template.version_of(tag));
    let tagged = tags.iter().filter_map(version_of);
    let versions: Vec<ReleaseVersion> = tagged.chain(released.iter().copied()).collect();
    let values = TemplateValues { version: &version, commit: COMMIT_PLACE };
    let decide = |template: &TagTemplate| FloatingMove {
        tag: template.render(values),
        from: None,
        decision: decide_floating(template, &version, &versions),
    };
    image.floating.iter().map(decide).collect()
}

/// The same, with what each tag points to now.
fn observed_moves(
    image: &Image,
    observed: &ObservedImage,
    released: &[ReleaseVersion],
    version: ReleaseVersion,
) -> Vec<FloatingMove> {
    let tags: Vec<String> = observed.tags.keys().cloned().collect();
    let moves = floating_moves(image, &tags, released, version).into_iter();
    let from = |tag: &str| observed.tags.get(tag).cloned().flatten();
    moves.map(|one| FloatingMove { from: from(&one.tag), ..one }).collect()
}
