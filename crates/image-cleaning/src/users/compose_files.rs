//! Uses by Compose files.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::Path,
};

use compose::{ComposeProject, Mention, Mentioned, Mentions, Surroundings, labels::ServiceLabels};
use image_retention::{ImageUse, ImageUser, UsedImage};
use local_docker::ContainerDetails;

use super::UserSources;

/// The images that the files of a Compose project name, in all profiles, whether the
/// services run or not.
///
/// The files are read without Compose. An image that cannot be resolved uses its
/// repository, or every image.
#[must_use]
pub fn compose_file_uses(
    project: &ComposeProject,
    variables: &BTreeMap<String, OsString>,
    base_folder: Option<&Path>,
) -> Vec<ImageUse> {
    let mentions = project_mentions(project, variables).images;
    mentions.iter().map(|mention| mention_use(mention, base_folder)).collect()
}

/// The images that the files of a project name, and problems in them.
pub(crate) fn project_mentions(
    project: &ComposeProject,
    variables: &BTreeMap<String, OsString>,
) -> Mentions {
    let (variables, working_folder) = (variables.clone(), project.folder.clone());
    compose::mentions(project, &Surroundings { variables, working_folder })
}

/// A use by a service of a Compose file, which is named relative to `base_folder`.
pub(crate) fn mention_use(mention: &Mention, base_folder: Option<&Path>) -> ImageUse {
    let relative = base_folder.and_then(|folder| mention.file.strip_prefix(folder).ok());
    let file = relative.unwrap_or(&mention.file).display().to_string();
    let service = mention.service.clone();
    let used = match &mention.image {
        Mentioned::Reference(reference) => {
            let used = UsedImage::Reference(reference.clone());
            return ImageUse { used, user: ImageUser::ComposeService { file, service } };
        }
        Mentioned::Repository(repository) => UsedImage::Repository(repository.clone()),
        Mentioned::Unknown(_) => UsedImage::Everything,
    };
    let what = format!("service {service} of {file}, whose image cannot be resolved");
    ImageUse { used, user: ImageUser::Unresolved { what } }
}

/// The images that the Compose files of the engine's containers name: a service that
/// is down at the moment has no container that would protect its image.
pub(super) fn container_compose_uses(
    containers: &[ContainerDetails],
    sources: &UserSources,
) -> BTreeSet<ImageUse> {
    let mut projects = BTreeMap::new();
    for container in containers {
        if let Some(labels) = ServiceLabels::from_labels(&container.labels) {
            projects.insert((labels.project.clone(), labels.config_files.clone()), labels);
        }
    }
    projects
        .into_values()
        .filter_map(project_from_labels)
        .flat_map(|project| {
            compose_file_uses(&project, &sources.variables, sources.base_folder.as_deref())
        })
        .collect()
}

/// The project with those of its files that exist on this machine; `None` when there
/// are none. Compose 1 writes them relative to the folder.
fn project_from_labels(labels: ServiceLabels) -> Option<ComposeProject> {
    let first = labels.config_files.first()?;
    let folder = labels.working_dir.or_else(|| first.parent().map(Into::into))?;
    let files: Vec<_> = labels
        .config_files
        .iter()
        .map(|file| folder.join(file))
        .filter(|file| file.is_file())
        .collect();
    (!files.is_empty()).then_some(ComposeProject {
        name: labels.project,
        folder,
        files,
        profiles: Vec::new(),
        env_files: labels.environment_files,
        warnings: Vec::new(),
    })
}
