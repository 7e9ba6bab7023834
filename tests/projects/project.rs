//! How a test describes a project, and what is right for it.

use test_harness::{BACKEND, ProjectFile};

use crate::{
    pyproject::Backend,
    scene::Scene,
    text::{dedent, trimmed_lines},
};

/// A project as its repository has it. The package's name is `demo`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    pub(crate) files: Vec<ProjectFile>,
    pub(crate) tags: Vec<String>,
    /// The folder that is released, below the repository.
    pub(crate) folder: String,
    /// Programs that the release finds, besides git and uv.
    pub(crate) programs: Vec<String>,
    pub(crate) made_by: Vec<String>,
    pub(crate) submodule: Option<(String, Vec<ProjectFile>)>,
    /// Lines of the project's `tidegate.toml`; it has none without them.
    pub(crate) configuration: String,
    /// What the program said when it refused the project as it was.
    refusal: Option<String>,
}

/// A project with a `pyproject.toml` for this backend; the lines follow the name.
pub(crate) fn project(backend: Backend, lines: &str) -> Project {
    let project = Project::default().file("pyproject.toml", &backend.project(lines));
    if backend.is_in_tree() { project.file("backend.py", BACKEND) } else { project }
}

impl Project {
    /// Adds a file, or replaces it.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.retain(|file| file.path != path);
        self.files.push(ProjectFile::new(path, dedent(text)));
        self
    }

    /// The package `src/demo` with nothing in it.
    pub(crate) fn package(self) -> Self {
        self.file("src/demo/__init__.py", "")
    }

    /// Tags of earlier commits, the oldest first.
    pub(crate) fn tags<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.tags = names.into_iter().map(str::to_owned).collect();
        self
    }

    /// A command in the repository makes further files of the project.
    pub(crate) fn made_by<'a>(mut self, command: impl IntoIterator<Item = &'a str>) -> Self {
        self.made_by = command.into_iter().map(str::to_owned).collect();
        self
    }

    /// Lines of the configuration that no refusal could name.
    pub(crate) fn configured(mut self, lines: &str) -> Self {
        self.configuration += &format!("{lines}\n");
        self
    }

    /// What is released is this folder of the repository.
    pub(crate) fn in_folder(mut self, folder: &str) -> Self {
        self.folder = folder.to_owned();
        self
    }

    /// A submodule with one file.
    pub(crate) fn submodule(mut self, path: &str, file: &str, text: &str) -> Self {
        self.submodule = Some((path.to_owned(), vec![ProjectFile::new(file, text)]));
        self
    }

    /// Without configuration, or with the lines that were added, the project comes
    /// through a rehearsal and is released like this. One with a backend of its own is only
    /// released: a rehearsal takes as long, and depends on the backend if on anything.
    #[track_caller]
    pub(crate) fn releases(self, request: &str, expected: &str) {
        let scene = Scene::new(&self);
        let is_rehearsed = self.files.iter().all(|file| file.path != "backend.py");
        let rehearsed = is_rehearsed.then(|| scene.rehearse(request).succeeds());
        let released = scene.release(request);
        assert_eq!(released.to_string(), dedent(expected));
        let Some(rehearsed) = rehearsed else { return };
        for file in &released.distributions {
            assert!(rehearsed.stdout.contains(file), "{file} is not in the rehearsal {rehearsed}");
        }
    }

    /// The project is refused before anything is built, with these complaints.
    #[track_caller]
    pub(crate) fn refused(self, request: &str, complaints: &str) -> Self {
        let ended = Scene::new(&self).rehearse(request).refused();
        let expected = trimmed_lines(complaints);
        let actual = ended.complaints();
        let pairs = || actual.iter().zip(&expected);
        let is_right = actual.len() == expected.len() && pairs().all(|(a, e)| is_as_expected(a, e));
        assert!(is_right, "expected {expected:#?}\n{ended}");
        Self { refusal: Some(ended.stderr), ..self }
    }

    /// What only a build can find out stops the release before anything is public.
    #[track_caller]
    pub(crate) fn stops_privately(self, request: &str, complaint: &str) -> Self {
        let ended = Scene::new(&self).rehearse(request);
        assert!(ended.stdout.contains("The embedded services are empty."), "{ended}");
        assert!(ended.stdout.contains(complaint), "{ended}");
        Self { refusal: Some(ended.stdout), ..self }
    }

    /// Adds the lines of configuration that the refusal names, to the letter.
    #[track_caller]
    pub(crate) fn until_configured(mut self, lines: &str) -> Self {
        let refusal = self.refusal.take().unwrap();
        for line in trimmed_lines(lines) {
            assert!(refusal.contains(line), "`{line}` is not in: {refusal}");
            self.configuration += &format!("{line}\n");
        }
        self
    }

    /// Changes the file that the refusal names.
    #[track_caller]
    pub(crate) fn until_written(mut self, path: &str, text: &str) -> Self {
        let refusal = self.refusal.take().unwrap();
        assert!(refusal.contains(path), "`{path}` is not in: {refusal}");
        self.file(path, text)
    }

    /// Installs the programs, the first of which the refusal names.
    #[track_caller]
    pub(crate) fn until_installed<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let refusal = self.refusal.take().unwrap();
        self.programs = names.into_iter().map(str::to_owned).collect();
        assert!(refusal.contains(&format!("`{}`", self.programs[0])), "{refusal}");
        self
    }

    /// The refusal names what else to ask for.
    #[track_caller]
    pub(crate) fn until_asked_for(mut self, request: &str, expected: &str) {
        let refusal = self.refusal.take().unwrap();
        assert!(refusal.contains("name the version"), "no advice to name it in: {refusal}");
        self.releases(request, expected);
    }
}

/// Equal, or equal up to `…`.
fn is_as_expected(actual: &str, expected: &str) -> bool {
    match expected.strip_suffix('…') {
        Some(start) => actual.starts_with(start.trim_end()),
        None => actual == expected,
    }
}
