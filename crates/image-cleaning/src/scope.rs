//! Whose images: the project's repositories, and what its Compose files name.

use std::{collections::BTreeSet, path::Path};

use ::compose::{ComposeProject, Mention, Mentioned, Surroundings};
use configuration::LocalImages;
use image_ref::{Reference, Repository};
use image_retention::{ImageUse, ImageUser, Policy, Scope, UsedImage};

use super::CleanRequest;
use compose_runtime::{ComposeRuntimeError, all_projects, choose_project};
use operation::{ComposeSelection, Environment, LocalProject, OperationError};

/// What the project says about its images.
#[derive(Debug, Default)]
pub(super) struct ProjectImages {
    pub(super) repositories: BTreeSet<Repository>,
    /// Names of the Compose projects, whose built images may be dangling.
    pub(super) compose_names: BTreeSet<String>,
    pub(super) mentions: Vec<Mention>,
    /// What could not be read in the project's own files.
    pub(super) problems: Vec<String>,
}

impl ProjectImages {
    /// Reads configuration and Compose files.
    pub(super) fn read(
        project: &LocalProject,
        environment: &Environment,
        selection: &ComposeSelection,
    ) -> Result<Self, ComposeRuntimeError> {
        let mut found = Self::default();
        let located = located(project, environment, selection)?;
        // The others' images are kept, and not meant.
        let meant =
            choose_project(selection, located.clone())?.into_iter().map(|project| project.name);
        let meant: BTreeSet<String> = meant.collect();
        let mut of_meant = Vec::new();
        for compose in located {
            let mentions = ::compose::mentions(&compose, &surroundings(environment, &compose));
            found.problems.extend(mentions.problems);
            if meant.contains(&compose.name) {
                of_meant.extend(mentions.images.iter().cloned());
            }
            found.mentions.extend(mentions.images);
        }
        found.compose_names = meant;
        let settings = &project.configuration.local_images;
        let images = project.configuration.images.iter().map(|image| image.repository.clone());
        found.repositories = images.chain(settings.repositories.iter().cloned()).collect();
        let by_compose = own_repositories(&of_meant);
        found.repositories.extend(by_compose);
        Ok(found)
    }

    /// Why nothing can be said about some of what the Compose files use.
    pub(super) fn unknown(&self) -> Vec<String> {
        let unknown = self.mentions.iter().filter_map(|mention| match &mention.image {
            Mentioned::Unknown(why) => Some(format!("{}: {why}", place(mention))),
            _ => None,
        });
        unknown.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The service that Compose builds images of this repository for.
    pub(super) fn built_by(&self, wanted: &Repository) -> Option<&str> {
        let built = self.mentions.iter().filter(|mention| mention.built);
        let mut by = built.filter(|mention| repository(mention).as_ref() == Some(wanted));
        by.next().map(|mention| mention.service.as_str())
    }

    /// What the Compose files use, in all profiles.
    pub(super) fn uses(&self, root: Option<&Path>) -> Vec<ImageUse> {
        self.mentions.iter().map(|mention| use_of(mention, root)).collect()
    }

    pub(super) fn policy(
        &self,
        request: &CleanRequest,
        settings: &LocalImages,
    ) -> Result<Policy, OperationError> {
        let keep = settings.keep_matching.iter().chain(&request.keep_matching);
        Ok(Policy {
            scope: self.scope(request)?,
            select: patterns(&request.select)?,
            keep: patterns(keep)?,
            dangling: request.dangling,
            duplicates: request.duplicates,
            keep_newest: request.keep.or(settings.keep),
            keep_deployed: request.keep_deployed,
            older_than: request.older_than.or(settings.older_than.map(|period| period.duration())),
        })
    }

    fn scope(&self, request: &CleanRequest) -> Result<Scope, OperationError> {
        if request.all_images {
            return Ok(Scope::Everything);
        }
        let asked: BTreeSet<_> = request.repositories.iter().cloned().collect();
        let repositories = if asked.is_empty() { self.repositories.clone() } else { asked };
        if repositories.is_empty() {
            return Err(OperationError::usage(
                "no repository of this project is known".to_owned(),
                "name it with --repository, `[[image]]` or `local-images.repositories` in \
                 tidegate.toml, or take --all-images",
            ));
        }
        let label = ::compose::labels::PROJECT.to_owned();
        let labels = self.compose_names.iter().map(|name| (label.clone(), name.clone())).collect();
        Ok(Scope::Repositories { repositories, labels })
    }
}

/// All Compose projects of the project. That there is none is no mistake where
/// none is configured: then one is looked for from the project's folder too, which
/// `--config` may have named.
fn located(
    project: &LocalProject,
    environment: &Environment,
    selection: &ComposeSelection,
) -> Result<Vec<ComposeProject>, ComposeRuntimeError> {
    let locate = |selection: &ComposeSelection| all_projects(selection, project, environment);
    let stated = !selection.files.is_empty() || !project.configuration.compose.is_empty();
    let at_root = ComposeSelection { folder: project.root.clone(), ..selection.clone() };
    match locate(selection) {
        Err(ComposeRuntimeError::NoComposeFile { .. }) if !stated => {}
        Err(ComposeRuntimeError::NoComposeFile { folder }) => return Err(missing(&folder).into()),
        other => return other,
    }
    match locate(&at_root) {
        Err(ComposeRuntimeError::NoComposeFile { .. }) => Ok(Vec::new()),
        other => other,
    }
}

fn missing(folder: &Path) -> OperationError {
    OperationError::precondition(
        format!("there is no Compose file of a `[[compose]]` table in {}", folder.display()),
        "what it names would not be kept: correct `files` or remove the table",
    )
}

/// What a Compose project's files are read with.
pub(super) fn surroundings(environment: &Environment, project: &ComposeProject) -> Surroundings {
    let variables = environment.variables.clone();
    Surroundings { variables, working_folder: project.folder.clone() }
}

/// Repositories that the Compose files build; where they build none, those that
/// have an owner.
fn own_repositories(mentions: &[Mention]) -> BTreeSet<Repository> {
    let built: BTreeSet<_> =
        mentions.iter().filter(|one| one.built).filter_map(repository).collect();
    if !built.is_empty() {
        return built;
    }
    let named = mentions.iter().filter_map(repository);
    named.filter(|repository| !repository.path().starts_with("library/")).collect()
}

fn repository(mention: &Mention) -> Option<Repository> {
    match &mention.image {
        Mentioned::Reference(reference) => Some(reference.repository().clone()),
        Mentioned::Repository(repository) => Some(repository.clone()),
        Mentioned::Unknown(_) => None,
    }
}

/// The file, and the service where one is concerned.
fn place(mention: &Mention) -> String {
    let file = mention.file.display();
    match mention.service.as_str() {
        "" => file.to_string(),
        service => format!("{file}, service {service}"),
    }
}

/// A use by a service of a Compose file, named relative to `root`.
pub(super) fn use_of(mention: &Mention, root: Option<&Path>) -> ImageUse {
    let relative = root.and_then(|root| mention.file.strip_prefix(root).ok());
    let file = relative.unwrap_or(&mention.file).display().to_string();
    let service = mention.service.clone();
    let vague = || ImageUser::Unresolved {
        what: format!("service {service} of {file}, in a way that cannot be resolved"),
    };
    match &mention.image {
        Mentioned::Reference(reference) => ImageUse {
            used: UsedImage::Reference(reference.clone()),
            user: ImageUser::ComposeService { file, service },
        },
        Mentioned::Repository(repository) => {
            ImageUse { used: UsedImage::Repository(repository.clone()), user: vague() }
        }
        Mentioned::Unknown(_) => ImageUse { used: UsedImage::Everything, user: vague() },
    }
}

fn patterns<'a>(
    texts: impl IntoIterator<Item = &'a String>,
) -> Result<Vec<image_retention::Pattern>, OperationError> {
    let parse = |text: &String| {
        text.parse().map_err(|error: image_retention::PatternError| {
            OperationError::usage(error.to_string(), "`*` stands for any text: `owner/app:1.*`")
        })
    };
    texts.into_iter().map(parse).collect()
}

/// The reference that a text names, if it is one.
pub(super) fn reference(text: &str) -> Option<Reference> {
    text.parse().ok()
}
