use std::{path::Path, str::FromStr};

use toml_edit::{Item, TableLike};

use crate::{
    BuildSystem, DynamicVersion, PythonError, normalize_name,
    setup_files::SetupFiles,
    toml_document::{item_at, parse_toml, read_pyproject, read_pyproject_or_none, string_at},
};

/// The parts of `pyproject.toml` that a release needs (PEP 518, 517, 621).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PyProject {
    /// Name as written.
    pub name: String,
    /// Its version.
    pub version: ProjectVersion,
    /// How distributions are built.
    pub build: BuildSystem,
    /// Commands that an installation provides.
    pub scripts: Vec<Script>,
    /// Supported Python versions, as written.
    pub requires_python: Option<String>,
}

/// The version of a project, or its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectVersion {
    /// In `pyproject.toml`, as written.
    Static(String),
    /// Determined by the build backend.
    Dynamic(DynamicVersion),
}

/// A command that an installation provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Name of the command.
    pub name: String,
    /// `module:function`.
    pub target: String,
}

impl PyProject {
    /// Reads the project in a folder.
    ///
    /// # Errors
    /// [`PythonError::NotAProject`], [`PythonError::Io`], [`PythonError::Toml`],
    /// [`PythonError::Key`].
    pub fn read(folder: &Path) -> Result<Self, PythonError> {
        match Self::find(folder)? {
            Some(project) => Ok(project),
            // The error says what is missing.
            None => read_pyproject(folder)?.parse(),
        }
    }

    /// Reads the project in a folder: `pyproject.toml`, and where that has neither
    /// `[project]` nor `[tool.poetry]`, `setup.cfg` and `setup.py`. `None` when none of
    /// them describes a package.
    ///
    /// # Errors
    /// [`PythonError::Io`], [`PythonError::Toml`], [`PythonError::Key`].
    pub fn find(folder: &Path) -> Result<Option<Self>, PythonError> {
        let text = match read_pyproject_or_none(folder) {
            Err(PythonError::NotAProject { .. }) => return Ok(None),
            text => text?,
        };
        let document = parse_toml(&text)?;
        let root: &dyn TableLike = document.as_table();
        let tables = [["project"].as_slice(), &["tool", "poetry"]];
        let files = SetupFiles::read(folder)?;
        if !tables.iter().any(|path| item_at(root, path).is_some()) {
            return Self::of_setuptools(root, &files);
        }
        let mut project: Self = text.parse()?;
        if let ProjectVersion::Dynamic(source @ DynamicVersion::Unknown) = &mut project.version {
            *source = files.version_source().unwrap_or(DynamicVersion::Unknown);
        }
        Ok(Some(project))
    }

    /// A project whose metadata are not in `pyproject.toml`.
    fn of_setuptools(
        root: &dyn TableLike,
        files: &SetupFiles,
    ) -> Result<Option<Self>, PythonError> {
        let Some(name) = files.name() else { return Ok(None) };
        let source = match files.version_source() {
            Some(source) => source,
            None => DynamicVersion::from_table(root)?,
        };
        let version = ProjectVersion::Dynamic(source);
        let build = BuildSystem::from_table(root)?;
        Ok(Some(Self { name, version, build, scripts: Vec::new(), requires_python: None }))
    }

    /// The name as indexes compare it.
    #[must_use]
    pub fn normalized_name(&self) -> String {
        normalize_name(&self.name)
    }
}

/// Parses the text of a `pyproject.toml`. The errors are [`PythonError::Toml`]
/// and [`PythonError::Key`].
impl FromStr for PyProject {
    type Err = PythonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let document = parse_toml(text)?;
        let root: &dyn TableLike = document.as_table();
        let name = string_at(root, &["project", "name"]);
        let name = name.or_else(|| string_at(root, &["tool", "poetry", "name"]));
        let missing = PythonError::Key { key: "project.name", problem: "is missing" };
        Ok(Self {
            name: name.ok_or(missing)?,
            version: project_version(root)?,
            build: BuildSystem::from_table(root)?,
            scripts: scripts(root),
            requires_python: string_at(root, &["project", "requires-python"]),
        })
    }
}

fn project_version(root: &dyn TableLike) -> Result<ProjectVersion, PythonError> {
    let places = [["project", "version"].as_slice(), &["tool", "poetry", "version"]];
    let stated = places.iter().find_map(|path| string_at(root, path));
    if let Some(version) = stated.filter(|_| !is_placeholder(root)) {
        return Ok(ProjectVersion::Static(version));
    }
    if is_placeholder(root) || is_dynamic(root) {
        return Ok(ProjectVersion::Dynamic(DynamicVersion::from_table(root)?));
    }
    Err(PythonError::Key { key: "project.version", problem: "is missing and not dynamic" })
}

/// Whether poetry-dynamic-versioning replaces the version of Poetry's table while it
/// builds: the one in the file, mostly `0.0.0`, stays (README of that tool, "Usage").
fn is_placeholder(root: &dyn TableLike) -> bool {
    let enabled = item_at(root, &["tool", "poetry-dynamic-versioning", "enable"]);
    string_at(root, &["project", "version"]).is_none()
        && enabled.and_then(Item::as_bool).unwrap_or_default()
}

fn is_dynamic(root: &dyn TableLike) -> bool {
    let dynamic = item_at(root, &["project", "dynamic"]).and_then(Item::as_array);
    dynamic.is_some_and(|names| names.iter().any(|name| name.as_str() == Some("version")))
}

fn scripts(root: &dyn TableLike) -> Vec<Script> {
    let tables = [["project", "scripts"].as_slice(), &["tool", "poetry", "scripts"]];
    let tables = tables.iter().filter_map(|path| item_at(root, path)?.as_table_like());
    let scripts = tables.flat_map(TableLike::iter).filter_map(|(name, target)| {
        Some(Script { name: name.to_owned(), target: target.as_str()?.to_owned() })
    });
    scripts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> PyProject {
        text.parse().unwrap()
    }

    #[test]
    fn a_usual_project_is_read() {
        let project = parse(
            "[build-system]\nrequires = ['flit_core>=3']\nbuild-backend = 'flit_core.buildapi'\n\
             [project]\nname = 'My_Project'\nversion = '1.0'\nrequires-python = '>=3.9'\n\
             scripts.mine = 'my.cli:main'\n",
        );
        assert_eq!(project.normalized_name(), "my-project");
        assert_eq!(project.version, ProjectVersion::Static("1.0".to_owned()));
        assert_eq!(project.build.backend, "flit_core.buildapi");
        assert_eq!(project.scripts[0].name, "mine");
    }

    #[test]
    fn every_spelling_of_the_project_table_describes_a_package() {
        let folder = tempfile::tempdir().unwrap();
        let found = |text: &str| {
            std::fs::write(folder.path().join("pyproject.toml"), text).unwrap();
            PyProject::find(folder.path()).unwrap().map(|project| project.name)
        };
        for text in [
            "[project]  # comment\nname = 'a'\nversion = '1'",
            "[ project ]\nname = 'a'\nversion = '1'",
            "project = {name = 'a', version = '1'}",
            "project.name = 'a'\nproject.version = '1'",
            "[tool . poetry]\nname = 'a'\nversion = '1'",
        ] {
            assert_eq!(found(text).as_deref(), Some("a"), "{text}");
        }
        assert_eq!(found("[tool.ruff]\nline-length = 100 # [project]\n"), None);
        std::fs::remove_file(folder.path().join("pyproject.toml")).unwrap();
        assert_eq!(PyProject::find(folder.path()).unwrap(), None);
    }

    #[test]
    fn a_placeholder_that_a_plug_in_replaces_is_no_version() {
        let poetry = "[tool.poetry]\nname = 'a'\nversion = '0.0.0'\n";
        for (table, is_static) in [
            ("", true),
            ("[tool.poetry-dynamic-versioning]\nenable = false", true),
            ("[tool.poetry-dynamic-versioning]\nenable = true", false),
            ("[tool.poetry-dynamic-versioning]\nenable = true\n[project]\nversion = '1'", true),
        ] {
            let version = parse(&format!("{poetry}{table}")).version;
            assert_eq!(matches!(version, ProjectVersion::Static(_)), is_static, "{table}");
        }
    }

    #[test]
    fn without_a_build_system_setuptools_builds() {
        let project = parse("[project]\nname = 'a'\nversion = '1'\n");
        assert_eq!(project.build.backend, "setuptools.build_meta:__legacy__");
        assert_eq!(project.build.requires, ["setuptools>=40.8.0"]);
    }

    #[test]
    fn files_of_setuptools_describe_a_package_too() {
        let setup_py = "from setuptools import setup\nsetup(name='demo', version='1')\n";
        for (files, source) in [
            (&[("setup.py", setup_py)][..], Some("`version` of setup.py")),
            (
                &[("pyproject.toml", ""), ("setup.cfg", "[metadata]\nname = demo\nversion = 1\n")],
                Some("`version` of setup.cfg"),
            ),
            (
                &[("setup.py", "setup(name='demo')"), ("setup.cfg", "[metadata]\nversion = 1\n")],
                Some("`version` of setup.cfg"),
            ),
            (
                &[
                    ("pyproject.toml", "[project]\nname = 'demo'\ndynamic = ['version']\n"),
                    ("setup.cfg", "[metadata]\nversion = attr: demo.v\n"),
                ],
                Some("attribute `demo.v`"),
            ),
            (
                &[("pyproject.toml", "[tool.setuptools_scm]"), ("setup.py", "setup(name='demo')")],
                Some("tags, through setuptools-scm"),
            ),
            (&[("pyproject.toml", "[tool.ruff]"), ("setup.cfg", "[flake8]\nmax = 1\n")], None),
            (&[("setup.cfg", "[metadata]\nname = demo\nversion = 1\n")], None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            let found = PyProject::find(folder.path()).unwrap().map(|project| project.version);
            let expected = source.map(str::to_owned);
            let found = found.map(|version| match version {
                ProjectVersion::Dynamic(source) => source.to_string(),
                ProjectVersion::Static(version) => version,
            });
            assert_eq!(found, expected, "{files:?}");
        }
    }

    #[test]
    fn mistakes_are_reported_with_line_or_key() {
        for (text, message) in [
            ("[project]\nname = \n", "line 2"),
            ("[project]\nversion = '1'", "`project.name` is missing"),
            ("[project]\nname = 'a'", "`project.version` is missing"),
            (
                "[build-system]\nrequires = 'x'\n[project]\nname = 'a'\nversion = '1'",
                "must be a list of strings",
            ),
        ] {
            let error = text.parse::<PyProject>().unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
