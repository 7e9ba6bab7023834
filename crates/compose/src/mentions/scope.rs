//! Where paths begin and what variables are, for one file and what it extends.

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use crate::{
    ComposeProject, Surroundings,
    environment::Environment,
    interpolation::{Interpolated, interpolate},
    locate::{default_env_file, is_remote},
    surroundings::cleaned,
};

/// More files or services in one another are taken for a circle.
const MOST_NESTED: u8 = 32;

#[derive(Clone)]
pub(super) struct Scope {
    folder: PathBuf,
    environment: Rc<Environment>,
    pub(super) env_files: Vec<PathBuf>,
    /// A file with variables cannot be read, for this reason: any may be set.
    pub(super) unsure: Option<String>,
    nested: u8,
}

impl Scope {
    pub(super) fn of(project: &ComposeProject, surroundings: &Surroundings) -> Self {
        let mut environment = Environment::of(surroundings);
        environment.set("COMPOSE_PROJECT_NAME", project.name.clone());
        let (folder, env_files) = (project.folder.clone(), project.env_files.clone());
        let environment = Rc::new(environment);
        let scope = Self { folder, environment, env_files, unsure: None, nested: 0 };
        scope.read(surroundings)
    }

    /// Of a file that is included: its variables come after those known here.
    pub(super) fn included(
        &self,
        folder: PathBuf,
        env_files: Vec<PathBuf>,
        surroundings: &Surroundings,
    ) -> Self {
        let scope = Self { folder, env_files, ..self.deeper() };
        scope.read(surroundings)
    }

    /// Of a file whose services are extended: the variables are the same.
    pub(super) fn extended(&self, file: &Path) -> Self {
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        Self { folder, ..self.deeper() }
    }

    pub(super) fn deeper(&self) -> Self {
        Self { nested: self.nested.saturating_add(1), ..self.clone() }
    }

    pub(super) fn not_too_deep(&self) -> Result<(), String> {
        let circle = || "files or services go round in a circle".to_owned();
        (self.nested <= MOST_NESTED).then_some(()).ok_or_else(circle)
    }

    /// Reads the files with variables that were named, else the folder's `.env`.
    fn read(mut self, surroundings: &Surroundings) -> Self {
        let files = match self.env_files.as_slice() {
            [] => default_env_file(&self.folder, surroundings),
            named => Ok(named.to_vec()),
        };
        let read = files.and_then(|files| {
            self.env_files = files;
            Rc::make_mut(&mut self.environment).read_files(&self.env_files)
        });
        self.unsure = read.err().map(|error| error.to_string()).or(self.unsure);
        self
    }

    pub(super) fn interpolated(&self, text: &str) -> Interpolated {
        let unsure = |name: &str| self.unsure.is_some().then(|| Interpolated::unsure(name));
        interpolate(text, &|name| self.environment.lookup(name).or_else(|| unsure(name)))
    }

    pub(super) fn text(&self, text: &str) -> Result<String, String> {
        let interpolated = self.interpolated(text);
        interpolated.known().ok_or_else(|| match interpolated.first_missing() {
            Some(variable) => format!("variable `{variable}` is not set"),
            None => format!("`{text}` cannot be resolved"),
        })
    }

    /// Relative to the folder, as Compose has it; where nothing is there, to the
    /// file that names it.
    pub(super) fn path(&self, text: &str, file: &Path) -> Result<PathBuf, String> {
        let text = self.text(text)?;
        if is_remote(Path::new(&text)) {
            return Ok(text.into());
        }
        let of_project = cleaned(&self.folder.join(&text));
        let of_file = file.parent().map(|folder| cleaned(&folder.join(&text)));
        let beside = of_file.filter(|path| !of_project.exists() && path.exists());
        Ok(beside.unwrap_or(of_project))
    }

    pub(super) fn paths(&self, texts: &[String], file: &Path) -> Result<Vec<PathBuf>, String> {
        texts.iter().map(|text| self.path(text, file)).collect()
    }
}
