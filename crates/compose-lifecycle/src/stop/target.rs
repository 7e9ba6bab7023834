//! Which projects are meant, also where their files are broken or gone.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use compose::{
    ComposeError, ComposeFlags, ComposeProject, Surroundings,
    down::ProjectResources,
    explicit_project_name,
    labels::{self, ServiceLabels},
};
use local_docker::Engine;
use report::Reporter;

use super::{StopRequest, tools::Tools};
use compose_runtime::{ComposeRuntimeError, compose_flags, surroundings};
use operation::{ComposeSelection, Environment, LocalProject, OperationError, error_chain};

use crate::LifecycleError;

/// A project that is meant, as far as its files tell.
#[derive(Debug)]
pub(super) enum Sought {
    /// As Compose finds it.
    Project { project: ComposeProject, name_is_said: bool },
    /// By its name; why its files are not used, if there should be some.
    Named { name: String, problem: Option<ComposeError> },
    /// Only where it would be, and the name if one was said; why no more is known.
    Lost { files: Vec<PathBuf>, folder: PathBuf, said: Option<String>, error: ComposeError },
    /// What was said about it makes no sense.
    Refused(ComposeError),
}

/// A project that is going to be taken down.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: String,
    /// Whether somebody said the name, instead of it coming from file or folder.
    pub(super) name_is_said: bool,
    /// None: there is nothing but the labels of its containers.
    pub(super) project: Option<ComposeProject>,
}

/// The projects that are meant, in order; never none.
pub(super) fn sought(
    project: &LocalProject,
    environment: &Environment,
    request: &StopRequest,
) -> Result<Vec<Sought>, LifecycleError> {
    let selection = &request.selection;
    let find = |(flags, folder): (ComposeFlags, PathBuf)| {
        let variables = environment.variables.clone();
        find(&flags, Surroundings { variables, working_folder: folder })
    };
    if request.files.len() > 1 && selection.project_name.is_some() {
        let problem = "one name was said for several projects".to_owned();
        return Err(OperationError::usage(problem, "leave -p out, or name one file").into());
    }
    if !request.files.is_empty() {
        let alone = |file: &PathBuf| ComposeSelection {
            files: vec![file.clone()],
            folder: None,
            ..selection.clone()
        };
        let meant = request.files.iter().flat_map(|file| compose_flags(&alone(file), project));
        return Ok(meant.map(find).collect());
    }
    let Some(name) = selection.project_name.as_ref().filter(|_| selection.files.is_empty()) else {
        return Ok(compose_flags(selection, project).into_iter().map(find).collect());
    };
    let configured = || compose_flags(selection, project).into_iter().map(find);
    let named = |sought: &Sought| matches!(sought, Sought::Project { project, .. } if project.name == *name);
    let found: Vec<Sought> = match project.configuration.compose.is_empty() {
        true => Vec::new(),
        false => configured().filter(named).collect(),
    };
    if found.is_empty() { by_name(selection, environment) } else { Ok(found) }
}

/// With a name alone, Compose reads no file either.
fn by_name(
    selection: &ComposeSelection,
    environment: &Environment,
) -> Result<Vec<Sought>, LifecycleError> {
    let flags =
        ComposeFlags { project_name: selection.project_name.clone(), ..ComposeFlags::default() };
    let name = explicit_project_name(&flags, &surroundings(selection, environment))?;
    let name = name.unwrap_or_default();
    Ok(vec![Sought::Named { name, problem: None }])
}

fn find(flags: &ComposeFlags, surroundings: Surroundings) -> Sought {
    let said = explicit_project_name(flags, &surroundings).ok().flatten();
    let error = match compose::locate(flags, &surroundings) {
        Ok(project) => return Sought::Project { project, name_is_said: said.is_some() },
        Err(error) => error,
    };
    let folder = surroundings.working_folder;
    let mut files: Vec<PathBuf> =
        flags.files.iter().map(|file| clean(&folder.join(file))).collect();
    match &error {
        // Compose goes by labels here, too.
        ComposeError::NoFile { .. } if said.is_some() => {
            let name = said.unwrap_or_default();
            return Sought::Named { name, problem: Some(error) };
        }
        // It was deleted; or it was never there, and then no container knows it.
        ComposeError::MissingFile { file } if !flags.env_files.contains(file) => {
            files.push(file.clone());
        }
        ComposeError::NoFile { .. }
        | ComposeError::BrokenFile { .. }
        | ComposeError::UnresolvableVariable { .. } => {}
        _ => return Sought::Refused(error),
    }
    Sought::Lost { files, folder, said, error }
}

/// As Compose writes it into labels: without `.` and `..`.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}

impl Sought {
    /// How people call it before it is found.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Project { project, .. } => format!("project {}", project.name),
            Self::Named { name, .. } => format!("project {name}"),
            Self::Lost { files, folder, .. } => {
                let place = files.first().unwrap_or(folder);
                place.display().to_string()
            }
            Self::Refused(_) => "the project".to_owned(),
        }
    }
}

impl Target {
    /// Finds what the files do not tell by the labels of containers.
    ///
    /// # Errors
    /// What is wrong with the files when no container was started from them, or
    /// no engine can tell; [`OperationError::Usage`] when those of several
    /// projects were.
    pub(super) async fn find(sought: Sought, tools: &Tools<'_>) -> Result<Self, LifecycleError> {
        let reporter = &tools.environment.reporter;
        match sought {
            Sought::Project { project, name_is_said } => {
                Ok(Self { name: project.name.clone(), name_is_said, project: Some(project) })
            }
            Sought::Named { name, problem } => {
                problem.iter().for_each(|problem| reporter.warn(instead(problem, &name)));
                Ok(Self { name, name_is_said: true, project: None })
            }
            Sought::Lost { files, folder, said, error } => {
                let Ok(engine) = tools.engine().await else {
                    return Err(ComposeRuntimeError::locating(error, tools.local).into());
                };
                let said = said.as_deref();
                let Some(name) = started_from(engine, &files, &folder, said).await? else {
                    return Err(ComposeRuntimeError::locating(error, tools.local).into());
                };
                reporter.warn(instead(&error, &name));
                Ok(Self { name, name_is_said: false, project: None })
            }
            Sought::Refused(error) => Err(ComposeRuntimeError::locating(error, tools.local).into()),
        }
    }

    /// The same project by its labels alone, because its files cannot be used.
    ///
    /// # Errors
    /// The problem itself when no container was started from these files: then
    /// nothing says that the name is the right one.
    pub(super) async fn without_files(
        self,
        tools: &Tools<'_>,
        problem: ComposeError,
    ) -> Result<Self, LifecycleError> {
        let Some(project) = self.project else { return Ok(self) };
        let engine = tools.engine().await?;
        let name = match self.name_is_said {
            true => Some(self.name),
            false => started_from(engine, &project.files, &project.folder, None).await?,
        };
        let Some(name) = name else { return Err(problem.into()) };
        tools.environment.reporter.warn(instead(&problem, &name));
        Ok(Self { name, name_is_said: true, project: None })
    }

    /// Other projects that were started from the same files, under names that
    /// were said then.
    pub(super) async fn other_names(
        &self,
        engine: &Engine,
    ) -> Result<BTreeSet<String>, LifecycleError> {
        let Some(project) = &self.project else { return Ok(BTreeSet::new()) };
        let mut names = names_started_from(engine, &project.files, &project.folder).await?;
        names.remove(&self.name);
        Ok(names)
    }

    /// What Compose warns of while it looks for the files.
    pub(super) fn warn_as_compose(&self, reporter: &Reporter) {
        let warnings = self.project.iter().flat_map(|project| &project.warnings);
        warnings.for_each(|one| reporter.warn(one));
    }

    /// Two folders of the same name make two projects of the same name.
    pub(super) fn warn_of_others(&self, reporter: &Reporter, observed: &ProjectResources) {
        let Some(project) = &self.project else { return };
        let labels = observed.containers.iter().map(|one| ServiceLabels::from_labels(&one.labels));
        let folders = labels.flatten().filter_map(|labels| labels.working_dir);
        let others: BTreeSet<PathBuf> = folders.filter(|one| *one != project.folder).collect();
        for folder in others {
            let (name, folder) = (&self.name, folder.display());
            reporter.warn(format!("containers of project {name} were started from {folder}"));
        }
    }

    /// The name with where it comes from.
    pub(super) fn words(&self) -> String {
        let files = self.project.iter().flat_map(|project| &project.files);
        let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
        match files.as_slice() {
            [] => format!("project {}", self.name),
            files => format!("project {} ({})", self.name, files.join(", ")),
        }
    }
}

fn instead(problem: &ComposeError, name: &str) -> String {
    format!("{}; going by the labels of project {name} instead", error_chain(problem))
}

/// The project that containers say they were started as from these files, or
/// without any from this folder.
async fn started_from(
    engine: &Engine,
    files: &[PathBuf],
    folder: &Path,
    said: Option<&str>,
) -> Result<Option<String>, LifecycleError> {
    let names = names_started_from(engine, files, folder).await?;
    if let Some(said) = said {
        return Ok(names.into_iter().find(|name| name == said));
    }
    if names.len() > 1 {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let problem = format!("several projects were started from there: {names}");
        return Err(OperationError::usage(problem, "choose one with -p").into());
    }
    Ok(names.into_iter().next())
}

async fn names_started_from(
    engine: &Engine,
    files: &[PathBuf],
    folder: &Path,
) -> Result<BTreeSet<String>, LifecycleError> {
    let containers = engine.containers().list(Some(labels::PROJECT)).await;
    let containers = containers.map_err(OperationError::engine("list containers"))?;
    let ours = |labels: &ServiceLabels| match files {
        [] => labels.working_dir.as_deref() == Some(folder),
        files => labels.config_files.iter().any(|file| files.contains(file)),
    };
    let labels = containers.iter().filter_map(|one| ServiceLabels::from_labels(&one.labels));
    Ok(labels.filter(ours).map(|labels| labels.project).collect())
}
