//! The project that is taken down: found by its files, else by the labels of the
//! containers that were started from them.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use compose::{
    ComposeError, ComposeProject,
    down::ProjectResources,
    labels::{self, ServiceLabels},
};
use compose_runtime::ComposeRuntimeError;
use local_docker::Engine;
use operation::{OperationError, error_chain};

use super::{
    context::StopContext, error::StopError, project_query::ProjectQuery, report::project_label,
};

#[derive(Debug, Clone)]
pub(super) struct TargetProject {
    pub(super) name: String,
    /// Whether the user named it, rather than a file or folder.
    name_is_explicit: bool,
    /// `None`: there are only the labels of its containers.
    pub(super) project: Option<ComposeProject>,
}

/// The name, and the files if there are any.
impl fmt::Display for TargetProject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&project_label(&self.name, &self.file_names()))
    }
}

impl TargetProject {
    /// Identifies the project; by the labels of containers if the files do not.
    ///
    /// # Errors
    /// The problem of the files when no container was started from them, or the
    /// engine does not answer; [`OperationError::Usage`] when containers of several
    /// projects were.
    pub(super) async fn from_query(
        query: ProjectQuery,
        context: &StopContext<'_>,
    ) -> Result<Self, StopError> {
        match query {
            ProjectQuery::Located { project, name_is_explicit } => {
                Ok(Self { name: project.name.clone(), name_is_explicit, project: Some(project) })
            }
            ProjectQuery::Named { name, problem } => {
                if let Some(problem) = problem {
                    warn_of_labels(context, &problem, &name);
                }
                Ok(Self { name, name_is_explicit: true, project: None })
            }
            ProjectQuery::Unlocated { files, folder, name, error } => {
                let Ok(engine) = context.engine().await else {
                    return Err(ComposeRuntimeError::locating(error, context.local).into());
                };
                match project_started_from(engine, &files, &folder, name.as_deref()).await? {
                    Some(name) => {
                        warn_of_labels(context, &error, &name);
                        Ok(Self { name, name_is_explicit: false, project: None })
                    }
                    None => Err(ComposeRuntimeError::locating(error, context.local).into()),
                }
            }
            ProjectQuery::Invalid(error) => {
                Err(ComposeRuntimeError::locating(error, context.local).into())
            }
        }
    }

    /// The same project by its labels alone, because its files do not load.
    ///
    /// # Errors
    /// The problem itself when no container was started from these files: then the
    /// name may be wrong.
    pub(super) async fn without_files(
        self,
        context: &StopContext<'_>,
        problem: ComposeError,
    ) -> Result<Self, StopError> {
        let Some(project) = self.project else { return Ok(self) };
        let engine = context.engine().await?;
        let name = match self.name_is_explicit {
            true => Some(self.name),
            false => project_started_from(engine, &project.files, &project.folder, None).await?,
        };
        let Some(name) = name else { return Err(problem.into()) };
        warn_of_labels(context, &problem, &name);
        Ok(Self { name, name_is_explicit: true, project: None })
    }

    /// Other projects whose containers were started from the same files, under
    /// names that were given then.
    pub(super) async fn other_names(&self, engine: &Engine) -> Result<BTreeSet<String>, StopError> {
        let Some(project) = &self.project else { return Ok(BTreeSet::new()) };
        let mut names = projects_started_from(engine, &project.files, &project.folder).await?;
        names.remove(&self.name);
        Ok(names)
    }

    /// Other folders from which containers of this project were started: two folders
    /// of the same name make two projects of the same name.
    pub(super) fn other_folders(&self, resources: &ProjectResources) -> BTreeSet<PathBuf> {
        let Some(project) = &self.project else { return BTreeSet::new() };
        let containers = resources.containers.iter();
        let labels =
            containers.filter_map(|container| ServiceLabels::from_labels(&container.labels));
        let folders = labels.filter_map(|labels| labels.working_dir);
        folders.filter(|folder| *folder != project.folder).collect()
    }

    pub(super) fn file_names(&self) -> Vec<String> {
        let files = self.project.iter().flat_map(|project| &project.files);
        files.map(|file| file.display().to_string()).collect()
    }

    /// What Compose warns about while it looks for the files.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.project.as_ref().map(|project| project.warnings.clone()).unwrap_or_default()
    }
}

fn warn_of_labels(context: &StopContext<'_>, problem: &ComposeError, name: &str) {
    let problem = error_chain(problem);
    context.reporter().warn(format!("{problem}; using the labels of project {name} instead"));
}

/// The project whose containers were started from these files, or from this folder if
/// there are none; only the one with this name, if it is given.
async fn project_started_from(
    engine: &Engine,
    files: &[PathBuf],
    folder: &Path,
    name: Option<&str>,
) -> Result<Option<String>, StopError> {
    let names = projects_started_from(engine, files, folder).await?;
    if let Some(name) = name {
        return Ok(names.into_iter().find(|found| found == name));
    }
    if names.len() > 1 {
        let place = files.first().map_or(folder, PathBuf::as_path).display();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let problem = format!("several projects were started from {place}: {names}");
        return Err(OperationError::usage(problem, "choose one with -p").into());
    }
    Ok(names.into_iter().next())
}

async fn projects_started_from(
    engine: &Engine,
    files: &[PathBuf],
    folder: &Path,
) -> Result<BTreeSet<String>, StopError> {
    let containers = engine.containers().list(Some(labels::PROJECT)).await;
    let containers = containers.map_err(OperationError::engine("list containers"))?;
    let labels =
        containers.iter().filter_map(|container| ServiceLabels::from_labels(&container.labels));
    let started = labels.filter(|labels| was_started_from(labels, files, folder));
    Ok(started.map(|labels| labels.project).collect())
}

fn was_started_from(labels: &ServiceLabels, files: &[PathBuf], folder: &Path) -> bool {
    match files {
        [] => labels.working_dir.as_deref() == Some(folder),
        files => labels.config_files.iter().any(|file| files.contains(file)),
    }
}
