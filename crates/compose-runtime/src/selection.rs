//! Which Compose projects a program works on.

use std::path::{Path, PathBuf};

use compose::{ComposeError, ComposeFlags, ComposeProject, Surroundings};
use operation::{ComposeSelection, Environment, LocalProject, OperationError};

use crate::ComposeRuntimeError;

/// The Compose projects that are selected, in the order of the configuration;
/// never none.
///
/// # Errors
/// [`ComposeRuntimeError::NoComposeFile`] when there is no Compose file,
/// [`OperationError::Usage`] for a name that no configured project has,
/// [`ComposeRuntimeError::Compose`] when a file cannot be used.
pub fn selected_projects(
    selection: &ComposeSelection,
    project: &LocalProject,
    environment: &Environment,
) -> Result<Vec<ComposeProject>, ComposeRuntimeError> {
    choose_project(selection, all_projects(selection, project, environment)?)
}

/// The Compose project that is selected.
///
/// # Errors
/// As [`selected_projects`], and [`OperationError::Usage`] when there are several.
pub fn only_project(
    selection: &ComposeSelection,
    project: &LocalProject,
    environment: &Environment,
) -> Result<ComposeProject, ComposeRuntimeError> {
    let mut projects = selected_projects(selection, project, environment)?;
    match (projects.pop(), projects.is_empty()) {
        (Some(project), true) => Ok(project),
        _ => Err(OperationError::usage(
            "the project has several Compose projects",
            "name one with --project-name",
        )
        .into()),
    }
}

/// As [`selected_projects`], but a project name does not choose among several.
///
/// # Errors
/// As [`selected_projects`].
pub fn all_projects(
    selection: &ComposeSelection,
    project: &LocalProject,
    environment: &Environment,
) -> Result<Vec<ComposeProject>, ComposeRuntimeError> {
    compose_flags(selection, project)
        .into_iter()
        .map(|(flags, working_folder)| {
            let variables = environment.variables.clone();
            compose::locate(&flags, &Surroundings { variables, working_folder })
                .map_err(|error| ComposeRuntimeError::locating(error, project))
        })
        .collect()
}

/// What the installed Compose finds around itself when it runs for this selection.
#[must_use]
pub fn surroundings(selection: &ComposeSelection, environment: &Environment) -> Surroundings {
    let variables = environment.variables.clone();
    Surroundings { variables, working_folder: working_folder(selection) }
}

/// The flags of each selected project, and the folder to which they are relative.
#[must_use]
pub fn compose_flags(
    selection: &ComposeSelection,
    project: &LocalProject,
) -> Vec<(ComposeFlags, PathBuf)> {
    let configured = &project.configuration.compose;
    if configured.is_empty() || !selection.files.is_empty() {
        return vec![(command_line_flags(selection), working_folder(selection))];
    }
    let root = project.root.clone().unwrap_or_else(|| working_folder(selection));
    let several = configured.len() > 1;
    let flags = configured.iter().map(|table| configured_flags(selection, table, several));
    flags.map(|flags| (flags, root.clone())).collect()
}

/// The projects that the selection keeps: a name chooses among several.
///
/// # Errors
/// [`OperationError::Usage`] for a name that none of several projects has.
pub fn choose_project(
    selection: &ComposeSelection,
    projects: Vec<ComposeProject>,
) -> Result<Vec<ComposeProject>, ComposeRuntimeError> {
    match &selection.project_name {
        Some(name) if projects.len() > 1 => projects_named(projects, name),
        _ => Ok(projects),
    }
}

fn projects_named(
    projects: Vec<ComposeProject>,
    name: &str,
) -> Result<Vec<ComposeProject>, ComposeRuntimeError> {
    let names: Vec<String> = projects.iter().map(|project| project.name.clone()).collect();
    let named: Vec<_> = projects.into_iter().filter(|project| project.name == name).collect();
    if named.is_empty() {
        let problem = format!("no configured Compose project is named `{name}`");
        let advice = format!("choose one of: {}; or name its files with -f", names.join(", "));
        return Err(OperationError::usage(problem, &advice).into());
    }
    Ok(named)
}

fn command_line_flags(selection: &ComposeSelection) -> ComposeFlags {
    ComposeFlags {
        files: selection.files.clone(),
        project_name: selection.project_name.clone(),
        profiles: selection.profiles.clone(),
        env_files: selection.env_files.iter().map(|file| absolute(file)).collect(),
        project_directory: None,
    }
}

/// A configured project. Its files are relative to the project's folder, from
/// whichever folder the program is called.
fn configured_flags(
    selection: &ComposeSelection,
    table: &configuration::ComposeProject,
    several: bool,
) -> ComposeFlags {
    let flags = command_line_flags(selection);
    let name = flags.project_name.filter(|_| !several);
    let env_files =
        if flags.env_files.is_empty() { table.env_files.clone() } else { flags.env_files };
    ComposeFlags {
        files: table.files.clone(),
        project_name: name.or_else(|| table.project_name.clone()),
        profiles: [table.profiles.clone(), flags.profiles].concat(),
        env_files,
        project_directory: None,
    }
}

/// `--project` is where a search starts; files on the command line are relative
/// to the working folder of the process.
fn working_folder(selection: &ComposeSelection) -> PathBuf {
    let folder = selection.folder.as_deref().filter(|_| selection.files.is_empty());
    absolute(folder.unwrap_or(Path::new(".")))
}

/// Without the `.` of a working folder, since project names come from folders.
fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.components().collect()
}

impl ComposeRuntimeError {
    /// A Compose project that cannot be located; a missing file names the
    /// project's folder.
    #[must_use]
    pub fn locating(error: ComposeError, project: &LocalProject) -> Self {
        match error {
            ComposeError::NoFile { folder } => {
                Self::NoComposeFile { folder: project.root.clone().unwrap_or(folder) }
            }
            error => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use configuration::Configuration;

    use super::*;

    fn project(toml: &str) -> LocalProject {
        let configuration: Configuration = configuration::parse(toml).unwrap();
        LocalProject { root: Some("/srv/shop".into()), configuration }
    }

    const TWO: &str = "[[compose]]\nfiles = [\"a.yaml\"]\nprofiles = [\"x\"]\n\
                       [[compose]]\nfiles = [\"b.yaml\"]\nproject-name = \"b\"\n";

    #[test]
    fn configured_projects_are_selected_from_any_working_folder() {
        let selection = ComposeSelection { profiles: vec!["y".to_owned()], ..Default::default() };
        let selected = compose_flags(&selection, &project(TWO));
        assert_eq!(selected.len(), 2);
        assert_eq!(selected[0].0.files, [PathBuf::from("a.yaml")]);
        assert_eq!(selected[0].0.profiles, ["x", "y"]);
        assert!(selected.iter().all(|(_, folder)| folder == Path::new("/srv/shop")));
    }

    #[test]
    fn files_of_the_command_line_win_over_configured_projects() {
        let files = vec![PathBuf::from("c.yaml")];
        let folder = Some(PathBuf::from("/elsewhere"));
        let selection = ComposeSelection { files: files.clone(), folder, ..Default::default() };
        let selected = compose_flags(&selection, &project(TWO));
        let [(flags, folder)] = selected.as_slice() else { panic!("{selected:?}") };
        assert_eq!(flags.files, files);
        assert_eq!(*folder, absolute(Path::new(".")), "files are relative to the working folder");
    }

    #[test]
    fn a_name_replaces_the_one_of_a_single_project_and_chooses_among_several() {
        let selection =
            ComposeSelection { project_name: Some("own".to_owned()), ..Default::default() };
        let single =
            compose_flags(&selection, &project("[[compose]]\nproject-name = \"configured\"\n"));
        assert_eq!(single[0].0.project_name.as_deref(), Some("own"));
        let names: Vec<_> = compose_flags(&selection, &project(TWO))
            .into_iter()
            .map(|(flags, _)| flags.project_name)
            .collect();
        assert_eq!(names, [None, Some("b".to_owned())]);
    }
}
