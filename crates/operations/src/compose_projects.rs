//! Which Compose projects a program works on.

use std::path::{Path, PathBuf};

use compose::{ComposeError, ComposeFlags, ComposeProject, Surroundings};

use crate::{Environment, LocalProject, OperationError};

/// What a command line says about the Compose projects that are meant, in the
/// words of `docker compose`. All empty: those of the configuration
/// (`[[compose]]`), else the one that Compose finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComposeSelection {
    /// `--project`: where the search begins, instead of the working folder.
    pub folder: Option<PathBuf>,
    /// `-f`: files of one project, relative to the working folder; later ones
    /// extend and override earlier ones.
    pub files: Vec<PathBuf>,
    /// `-p`: its name; with several configured projects, the one that is meant.
    pub project_name: Option<String>,
    /// `--profile`: active beside those that are configured.
    pub profiles: Vec<String>,
    /// `--env-file`: instead of those that are configured.
    pub env_files: Vec<PathBuf>,
}

/// Finds the Compose projects that are meant, in the order in which they are
/// configured; never none.
///
/// # Errors
/// [`OperationError::NoComposeFile`] when there is no Compose file,
/// [`OperationError::Usage`] for a name that no configured project has,
/// [`OperationError::Compose`] when a file cannot be used.
pub fn locate_compose_projects(
    selection: &ComposeSelection,
    project: &LocalProject,
    environment: &Environment,
) -> Result<Vec<ComposeProject>, OperationError> {
    selection.choose(locate_all_compose_projects(selection, project, environment)?)
}

/// As [`locate_compose_projects`], but a name does not choose among several.
pub(crate) fn locate_all_compose_projects(
    selection: &ComposeSelection,
    project: &LocalProject,
    environment: &Environment,
) -> Result<Vec<ComposeProject>, OperationError> {
    let meant = selection.meant(project);
    let located = meant.iter().map(|(flags, working_folder)| {
        let (variables, working_folder) = (environment.variables.clone(), working_folder.clone());
        let surroundings = Surroundings { variables, working_folder };
        compose::locate(flags, &surroundings).map_err(|error| unlocated(error, project))
    });
    located.collect()
}

impl ComposeSelection {
    /// What the installed Compose finds around itself when it is run for this.
    #[must_use]
    pub fn surroundings(&self, environment: &Environment) -> Surroundings {
        let variables = environment.variables.clone();
        Surroundings { variables, working_folder: self.working_folder() }
    }

    /// The flags of each project, and the folder that they are said in.
    pub(crate) fn meant(&self, project: &LocalProject) -> Vec<(ComposeFlags, PathBuf)> {
        let configured = &project.configuration.compose;
        if configured.is_empty() || !self.files.is_empty() {
            return vec![(self.flags(), self.working_folder())];
        }
        let root = project.root.clone().unwrap_or_else(|| self.working_folder());
        let several = configured.len() > 1;
        let flags = configured.iter().map(|one| self.configured(one, several));
        flags.map(|flags| (flags, root.clone())).collect()
    }

    /// Those of all projects that are meant: a name chooses among several.
    ///
    /// # Errors
    /// [`OperationError::Usage`] for a name that none of several has.
    pub(crate) fn choose(
        &self,
        located: Vec<ComposeProject>,
    ) -> Result<Vec<ComposeProject>, OperationError> {
        match &self.project_name {
            Some(name) if located.len() > 1 => only_named(located, name),
            _ => Ok(located),
        }
    }

    fn flags(&self) -> ComposeFlags {
        ComposeFlags {
            files: self.files.clone(),
            project_name: self.project_name.clone(),
            profiles: self.profiles.clone(),
            env_files: self.env_files.iter().map(|file| absolute(file)).collect(),
            project_directory: None,
        }
    }

    /// A configured project: its files are relative to the project's folder,
    /// from wherever the program is called. A name chooses among several.
    fn configured(&self, one: &configuration::ComposeProject, several: bool) -> ComposeFlags {
        let said = self.flags();
        let name = said.project_name.filter(|_| !several);
        let own_files = said.env_files.is_empty();
        ComposeFlags {
            files: one.files.clone(),
            project_name: name.or_else(|| one.project_name.clone()),
            profiles: [one.profiles.clone(), said.profiles].concat(),
            env_files: if own_files { one.env_files.clone() } else { said.env_files },
            project_directory: None,
        }
    }

    /// `--project` is where a search begins; files are named from where one is.
    fn working_folder(&self) -> PathBuf {
        let folder = self.folder.as_deref().filter(|_| self.files.is_empty());
        absolute(folder.unwrap_or(Path::new(".")))
    }
}

/// Without the `.` of a working folder: names of projects come from folders.
fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.components().collect()
}

fn only_named(
    located: Vec<ComposeProject>,
    name: &str,
) -> Result<Vec<ComposeProject>, OperationError> {
    let names: Vec<String> = located.iter().map(|project| project.name.clone()).collect();
    let named: Vec<_> = located.into_iter().filter(|project| project.name == name).collect();
    if named.is_empty() {
        let problem = format!("no configured Compose project is called `{name}`");
        let advice = format!("choose one of: {}; or name its files with -f", names.join(", "));
        return Err(OperationError::usage(problem, &advice));
    }
    Ok(named)
}

pub(crate) fn unlocated(error: ComposeError, project: &LocalProject) -> OperationError {
    match error {
        ComposeError::NoFile { folder } => {
            OperationError::NoComposeFile { folder: project.root.clone().unwrap_or(folder) }
        }
        error => error.into(),
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
    fn configured_projects_are_meant_from_wherever_one_is() {
        let selection = ComposeSelection { profiles: vec!["y".to_owned()], ..Default::default() };
        let meant = selection.meant(&project(TWO));
        assert_eq!(meant.len(), 2);
        assert_eq!(meant[0].0.files, [PathBuf::from("a.yaml")]);
        assert_eq!(meant[0].0.profiles, ["x", "y"]);
        assert!(meant.iter().all(|(_, folder)| folder == Path::new("/srv/shop")));
    }

    #[test]
    fn files_of_the_command_line_win_over_configured_projects() {
        let files = vec![PathBuf::from("c.yaml")];
        let folder = Some(PathBuf::from("/elsewhere"));
        let selection = ComposeSelection { files: files.clone(), folder, ..Default::default() };
        let meant = selection.meant(&project(TWO));
        let [(flags, folder)] = meant.as_slice() else { panic!("{meant:?}") };
        assert_eq!(flags.files, files);
        assert_eq!(*folder, absolute(Path::new(".")), "files are named from where one is");
    }

    #[test]
    fn a_name_replaces_the_one_of_a_single_project_and_chooses_among_several() {
        let selection =
            ComposeSelection { project_name: Some("own".to_owned()), ..Default::default() };
        let one = selection.meant(&project("[[compose]]\nproject-name = \"configured\"\n"));
        assert_eq!(one[0].0.project_name.as_deref(), Some("own"));
        let names: Vec<_> = selection
            .meant(&project(TWO))
            .into_iter()
            .map(|(flags, _)| flags.project_name)
            .collect();
        assert_eq!(names, [None, Some("b".to_owned())]);
    }
}
