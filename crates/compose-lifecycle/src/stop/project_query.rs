//! Which projects a request selects, even where their files are broken or deleted.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use compose::{
    ComposeError, ComposeFlags, ComposeProject, Surroundings, clean_path, explicit_project_name,
};
use compose_runtime::{compose_flags, surroundings};
use operation::{ComposeSelection, Environment, LocalProject, OperationError};

use super::{error::StopError, request::StopRequest};

/// A selected project, as far as its files identify it.
#[derive(Debug)]
pub(super) enum ProjectQuery {
    /// A project as Compose finds it.
    Located {
        project: ComposeProject,
        /// Whether a flag or variable names it, rather than a file or folder.
        name_is_explicit: bool,
    },
    /// Only its name is known; `problem` says why its files are not used.
    Named { name: String, problem: Option<ComposeError> },
    /// Only where its files should be; containers may know its name.
    Unlocated { files: Vec<PathBuf>, folder: PathBuf, name: Option<String>, error: ComposeError },
    /// Its flags or files make no sense.
    Invalid(ComposeError),
}

/// How people know it before it is resolved.
impl fmt::Display for ProjectQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Located { project: ComposeProject { name, .. }, .. }
            | Self::Named { name, .. } => write!(f, "project {name}"),
            Self::Unlocated { files, folder, .. } => {
                write!(f, "{}", files.first().unwrap_or(folder).display())
            }
            Self::Invalid(_) => f.write_str("the project"),
        }
    }
}

/// The projects of a request, in order; never none.
///
/// # Errors
/// [`OperationError::Usage`] for one name and several files, and for a name that
/// Compose does not accept.
pub(super) fn project_queries(
    local: &LocalProject,
    environment: &Environment,
    request: &StopRequest,
) -> Result<Vec<ProjectQuery>, StopError> {
    let selection = &request.selection;
    if request.files.len() > 1 && selection.project_name.is_some() {
        let problem = "-p names one project, but there are several files";
        return Err(OperationError::usage(problem, "omit -p, or name one file").into());
    }
    if !request.files.is_empty() {
        let selections = request.files.iter().map(|file| select_file(selection, file));
        let queries = selections.flat_map(|selection| queries_of(&selection, local, environment));
        return Ok(queries.collect());
    }
    match &selection.project_name {
        Some(name) if selection.files.is_empty() => {
            queries_by_name(name, selection, local, environment)
        }
        _ => Ok(queries_of(selection, local, environment)),
    }
}

fn select_file(selection: &ComposeSelection, file: &Path) -> ComposeSelection {
    ComposeSelection { files: vec![file.to_owned()], folder: None, ..selection.clone() }
}

fn queries_of(
    selection: &ComposeSelection,
    local: &LocalProject,
    environment: &Environment,
) -> Vec<ProjectQuery> {
    let projects = compose_flags(selection, local).into_iter();
    let queries = projects.map(|(flags, working_folder)| {
        let variables = environment.variables.clone();
        locate_project(&flags, Surroundings { variables, working_folder })
    });
    queries.collect()
}

/// The configured project of this name. Otherwise no file is read: with a name alone,
/// Compose reads none either.
fn queries_by_name(
    name: &str,
    selection: &ComposeSelection,
    local: &LocalProject,
    environment: &Environment,
) -> Result<Vec<ProjectQuery>, StopError> {
    if !local.configuration.compose.is_empty() {
        let configured = queries_of(selection, local, environment).into_iter();
        let named: Vec<ProjectQuery> = configured.filter(|query| query.is_located(name)).collect();
        if !named.is_empty() {
            return Ok(named);
        }
    }
    let flags = ComposeFlags { project_name: Some(name.to_owned()), ..ComposeFlags::default() };
    let name = explicit_project_name(&flags, &surroundings(selection, environment))?;
    Ok(vec![ProjectQuery::Named { name: name.unwrap_or_default(), problem: None }])
}

impl ProjectQuery {
    fn is_located(&self, name: &str) -> bool {
        matches!(self, Self::Located { project, .. } if project.name == name)
    }
}

fn locate_project(flags: &ComposeFlags, surroundings: Surroundings) -> ProjectQuery {
    let name = explicit_project_name(flags, &surroundings).ok().flatten();
    let error = match compose::locate(flags, &surroundings) {
        Ok(project) => {
            return ProjectQuery::Located { project, name_is_explicit: name.is_some() };
        }
        Err(error) => error,
    };
    let folder = surroundings.working_folder;
    let mut files: Vec<PathBuf> =
        flags.files.iter().map(|file| clean_path(&folder.join(file))).collect();
    match (&error, name) {
        // Here Compose uses labels, too.
        (ComposeError::NoFile { .. }, Some(name)) => {
            ProjectQuery::Named { name, problem: Some(error) }
        }
        // It was deleted; or it never existed, and then no container knows it.
        (ComposeError::MissingFile { file }, name) if !flags.env_files.contains(file) => {
            files.push(file.clone());
            ProjectQuery::Unlocated { files, folder, name, error }
        }
        (
            ComposeError::NoFile { .. }
            | ComposeError::BrokenFile { .. }
            | ComposeError::UnresolvableVariable { .. },
            name,
        ) => ProjectQuery::Unlocated { files, folder, name, error },
        _ => ProjectQuery::Invalid(error),
    }
}
