//! The images of the project: its repositories, and those that its Compose files name.

use std::{collections::BTreeSet, path::Path};

use compose::{ComposeProject, Mention, Mentioned};
use compose_runtime::{ComposeRuntimeError, all_projects, choose_project};
use image_ref::{Reference, Repository};
use image_retention::ImageUse;
use operation::{ComposeSelection, Environment, LocalProject, OperationError};

use crate::users::{mention_use, project_mentions};

/// The project's images, according to configuration and Compose files.
#[derive(Debug, Default)]
pub(super) struct ProjectImages {
    pub(super) repositories: BTreeSet<Repository>,
    /// Names of the Compose projects, whose built images may be dangling.
    pub(super) compose_names: BTreeSet<String>,
    mentions: Vec<Mention>,
    /// Problems in the project's own files.
    pub(super) problems: Vec<String>,
}

impl ProjectImages {
    /// Reads configuration and Compose files.
    pub(super) fn from_files(
        project: &LocalProject,
        environment: &Environment,
        selection: &ComposeSelection,
    ) -> Result<Self, ComposeRuntimeError> {
        let compose_projects = locate_compose_projects(project, environment, selection)?;
        // The images of other projects are kept, but not cleaned.
        let compose_names: BTreeSet<String> = choose_project(selection, compose_projects.clone())?
            .into_iter()
            .map(|project| project.name)
            .collect();
        let (mut mentions, mut problems) = (Vec::new(), Vec::new());
        let mut selected = Vec::new();
        for compose_project in compose_projects {
            let found = project_mentions(&compose_project, &environment.variables);
            problems.extend(found.problems);
            if compose_names.contains(&compose_project.name) {
                selected.extend(found.images.iter().cloned());
            }
            mentions.extend(found.images);
        }
        let configuration = &project.configuration;
        let mut repositories = own_repositories(&selected);
        repositories.extend(configuration.images.iter().map(|image| image.repository.clone()));
        repositories.extend(configuration.local_images.repositories.iter().cloned());
        Ok(Self { repositories, compose_names, mentions, problems })
    }

    /// The images in Compose files that cannot be resolved at all, with the reasons.
    pub(super) fn unresolved(&self) -> BTreeSet<String> {
        let unresolved = self.mentions.iter().filter_map(|mention| match &mention.image {
            Mentioned::Unknown(reason) => Some(format!("{}: {reason}", location(mention))),
            _ => None,
        });
        unresolved.collect()
    }

    /// The service for which Compose builds images of this repository.
    pub(super) fn service_building(&self, repository: &Repository) -> Option<&str> {
        self.mentions
            .iter()
            .filter(|mention| mention.built)
            .find(|mention| mentioned_repository(mention) == Some(repository))
            .map(|mention| mention.service.as_str())
    }

    /// The images that the Compose files use, in all profiles.
    pub(super) fn uses(&self, root: Option<&Path>) -> impl Iterator<Item = ImageUse> {
        self.mentions.iter().map(move |mention| mention_use(mention, root))
    }
}

/// All Compose projects of the project. Without a configured one there may be none; it
/// is searched for from the project's folder too, which `--config` may have selected.
fn locate_compose_projects(
    project: &LocalProject,
    environment: &Environment,
    selection: &ComposeSelection,
) -> Result<Vec<ComposeProject>, ComposeRuntimeError> {
    match all_projects(selection, project, environment) {
        Err(ComposeRuntimeError::NoComposeFile { folder }) => {
            let is_optional =
                selection.files.is_empty() && project.configuration.compose.is_empty();
            if !is_optional {
                return Err(missing_compose_file(&folder).into());
            }
        }
        other => return other,
    }
    let at_root = ComposeSelection { folder: project.root.clone(), ..selection.clone() };
    match all_projects(&at_root, project, environment) {
        Err(ComposeRuntimeError::NoComposeFile { .. }) => Ok(Vec::new()),
        other => other,
    }
}

fn missing_compose_file(folder: &Path) -> OperationError {
    OperationError::precondition(
        format!("no Compose file of a `[[compose]]` table in {}", folder.display()),
        "the images of a missing file cannot be kept: correct `files`, or remove the table",
    )
}

/// The repositories that the Compose files build; if they build none, those that have
/// an owner.
fn own_repositories(mentions: &[Mention]) -> BTreeSet<Repository> {
    let built = mentions.iter().filter(|mention| mention.built);
    let built: BTreeSet<_> = built.filter_map(mentioned_repository).cloned().collect();
    if !built.is_empty() {
        return built;
    }
    mentions
        .iter()
        .filter_map(mentioned_repository)
        .filter(|repository| !repository.path().starts_with("library/"))
        .cloned()
        .collect()
}

fn mentioned_repository(mention: &Mention) -> Option<&Repository> {
    match &mention.image {
        Mentioned::Reference(reference) => Some(Reference::repository(reference)),
        Mentioned::Repository(repository) => Some(repository),
        Mentioned::Unknown(_) => None,
    }
}

/// The file, and the service if the mention belongs to one.
fn location(mention: &Mention) -> String {
    let file = mention.file.display();
    match mention.service.as_str() {
        "" => file.to_string(),
        service => format!("{file}, service {service}"),
    }
}
