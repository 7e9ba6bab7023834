//! Where relative paths start and which variables are set, for one file and those
//! that it extends.

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use crate::{
    ComposeProject, Surroundings,
    interpolation::{Interpolated, interpolate},
    locate::{default_env_file, is_remote},
    surroundings::clean_path,
    variables::Variables,
};

/// Deeper nesting of files or services is taken for a cycle.
const MAX_DEPTH: u8 = 32;

#[derive(Clone)]
pub(super) struct FileScope {
    folder: PathBuf,
    variables: Rc<Variables>,
    pub(super) env_files: Vec<PathBuf>,
    /// Why an env file cannot be read: any variable may be set then.
    pub(super) env_problem: Option<String>,
    depth: u8,
}

impl FileScope {
    pub(super) fn for_project(project: &ComposeProject, surroundings: &Surroundings) -> Self {
        let mut variables = Variables::from_surroundings(surroundings);
        variables.set("COMPOSE_PROJECT_NAME", project.name.clone());
        let scope = Self {
            folder: project.folder.clone(),
            variables: Rc::new(variables),
            env_files: project.env_files.clone(),
            env_problem: None,
            depth: 0,
        };
        scope.read_env_files(surroundings)
    }

    /// The scope of an included file: its variables come after those that are set
    /// already.
    pub(super) fn for_included(
        &self,
        folder: PathBuf,
        env_files: Vec<PathBuf>,
        surroundings: &Surroundings,
    ) -> Self {
        let scope = Self { folder, env_files, ..self.deeper() };
        scope.read_env_files(surroundings)
    }

    /// The scope of a file whose services are extended: the variables are the same.
    pub(super) fn for_extended(&self, file: &Path) -> Self {
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        Self { folder, ..self.deeper() }
    }

    pub(super) fn deeper(&self) -> Self {
        Self { depth: self.depth.saturating_add(1), ..self.clone() }
    }

    pub(super) fn check_depth(&self) -> Result<(), String> {
        if self.depth > MAX_DEPTH {
            return Err("files or services refer to each other in a cycle".to_owned());
        }
        Ok(())
    }

    /// Reads the env files that were named, else the folder's `.env`.
    fn read_env_files(mut self, surroundings: &Surroundings) -> Self {
        let files = match self.env_files.as_slice() {
            [] => default_env_file(&self.folder, surroundings),
            named => Ok(named.to_vec()),
        };
        let read = files.and_then(|files| {
            self.env_files = files;
            Rc::make_mut(&mut self.variables).read_files(&self.env_files)
        });
        self.env_problem = read.err().map(|error| error.to_string()).or(self.env_problem);
        self
    }

    pub(super) fn interpolate(&self, text: &str) -> Interpolated {
        let uncertain = self.env_problem.is_some();
        interpolate(text, &|name| {
            let value = self.variables.value_of(name);
            value.or_else(|| uncertain.then(|| Interpolated::uncertain(name)))
        })
    }

    /// The text with all of its variables replaced.
    pub(super) fn resolve_text(&self, text: &str) -> Result<String, String> {
        let interpolated = self.interpolate(text);
        interpolated.complete_text().ok_or_else(|| match interpolated.first_missing() {
            Some(variable) => format!("variable `{variable}` is not set"),
            None => format!("`{text}` cannot be resolved"),
        })
    }

    /// A path relative to the folder, as Compose resolves it; if it does not exist
    /// there, relative to the file that names it.
    pub(super) fn resolve_path(&self, text: &str, file: &Path) -> Result<PathBuf, String> {
        let text = self.resolve_text(text)?;
        if is_remote(Path::new(&text)) {
            return Ok(text.into());
        }
        let in_folder = clean_path(&self.folder.join(&text));
        let beside_file = file.parent().map(|folder| clean_path(&folder.join(&text)));
        let beside_file = beside_file.filter(|path| !in_folder.exists() && path.exists());
        Ok(beside_file.unwrap_or(in_folder))
    }

    pub(super) fn resolve_paths(
        &self,
        texts: &[String],
        file: &Path,
    ) -> Result<Vec<PathBuf>, String> {
        texts.iter().map(|text| self.resolve_path(text, file)).collect()
    }
}
