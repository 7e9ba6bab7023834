use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use toml_edit::{Item, TableLike};

use crate::{
    DynamicVersion, ProjectVersion, PyProject, PythonError, VersionPattern,
    modules::{imported_from, module_file, named_modules, top_level_modules},
    python_version::PythonVersion,
    set_version, setup_cfg, setup_py,
    toml_document::{item_at, parse_toml_of, string_at},
};

/// Where a package states its version on disk, and how it is read and written there.
#[derive(Debug, Clone)]
pub struct VersionPlace {
    /// The file, relative to the folder of `pyproject.toml`.
    pub path: PathBuf,
    kind: PlaceKind,
}

#[derive(Debug, Clone)]
enum PlaceKind {
    /// `[project] version` of `pyproject.toml`.
    Pyproject,
    /// A variable of a Python file.
    Variable(String),
    /// The group of a regular expression.
    Pattern(VersionPattern),
    /// Nothing but the version is in the file.
    WholeFile,
    /// `[package] version` of `Cargo.toml`.
    Cargo,
    /// `[metadata] version` of `setup.cfg`.
    SetupCfg,
    /// The keyword `version` of `setup.py`, or the variable that it is set to.
    SetupPy,
}

impl VersionPlace {
    /// The place of a project's version; `None` when it has none on disk: the version
    /// comes from git, or from a source that is not recognised.
    ///
    /// # Errors
    /// [`PythonError::VersionSourceMissing`] when the file that `pyproject.toml` names
    /// does not exist, [`PythonError::Pattern`].
    pub fn find(folder: &Path, project: &PyProject) -> Result<Option<Self>, PythonError> {
        let ProjectVersion::Dynamic(source) = &project.version else {
            return Ok(Some(Self { path: "pyproject.toml".into(), kind: PlaceKind::Pyproject }));
        };
        let place = match source {
            DynamicVersion::Attribute(name) => attribute_place(folder, name),
            DynamicVersion::Module(name) => variable_place(folder, name, "__version__"),
            DynamicVersion::File(path) => existing(folder, path, PlaceKind::WholeFile),
            DynamicVersion::Pattern { path, pattern } => {
                pattern_place(folder, path, pattern.as_deref())?
            }
            DynamicVersion::Cargo => existing(folder, "Cargo.toml", PlaceKind::Cargo),
            DynamicVersion::Meson => return meson_place(folder),
            DynamicVersion::SetupCfg => existing(folder, "setup.cfg", PlaceKind::SetupCfg),
            DynamicVersion::SetupPy => existing(folder, "setup.py", PlaceKind::SetupPy),
            DynamicVersion::VersionControl(_) | DynamicVersion::Unknown => return Ok(None),
        };
        let missing = || PythonError::VersionSourceMissing { from: source.to_string() };
        place.map(Some).ok_or_else(missing)
    }

    /// Further places in which the package's own modules state its version as a literal
    /// `__version__`: those of its name, and others that state the same.
    #[must_use]
    pub fn in_modules(folder: &Path, project: &PyProject) -> Vec<Self> {
        let place = |path| Self { path, kind: PlaceKind::Variable("__version__".to_owned()) };
        let named = named_modules(folder, &project.normalized_name()).into_iter().map(place);
        let named: Vec<Self> = named.filter(|place| place.read(folder).is_ok()).collect();
        let ProjectVersion::Static(version) = &project.version else { return named };
        let others = top_level_modules(folder).into_iter();
        let others = others.filter(|path| named.iter().all(|place| place.path != *path));
        let alike =
            others.map(place).filter(|place| place.read(folder).ok().as_ref() == Some(version));
        let alike: Vec<Self> = alike.collect();
        named.into_iter().chain(alike).collect()
    }

    /// The version that the place states.
    ///
    /// # Errors
    /// [`PythonError::Io`], and those of reading each kind of file.
    pub fn read(&self, folder: &Path) -> Result<String, PythonError> {
        let text = self.text(folder)?;
        match &self.kind {
            PlaceKind::Pyproject => match text.parse::<PyProject>()?.version {
                ProjectVersion::Static(version) => Ok(version),
                ProjectVersion::Dynamic(from) => {
                    Err(PythonError::DynamicVersion { from: from.to_string() })
                }
            },
            PlaceKind::Variable(name) => Ok(PythonVersion::find(&text, name)?.text),
            PlaceKind::Pattern(pattern) => pattern.find(&text).map(str::to_owned),
            PlaceKind::WholeFile => Ok(text.trim().to_owned()),
            PlaceKind::Cargo => cargo_version(&text).map(|(version, _)| version),
            PlaceKind::SetupCfg => setup_cfg::find_version(&text).map(|version| version.text),
            PlaceKind::SetupPy => setup_py::find_version(&text).map(|version| version.text),
        }
    }

    /// The text of the file with another version: `pep440`, or in `Cargo.toml`
    /// `semver`. Everything else stays byte for byte.
    ///
    /// # Errors
    /// As [`VersionPlace::read`]; [`PythonError::VersionTuple`].
    pub fn replace(
        &self,
        folder: &Path,
        pep440: &str,
        semver: &str,
    ) -> Result<String, PythonError> {
        let text = self.text(folder)?;
        match &self.kind {
            PlaceKind::Pyproject => set_version(&text, pep440),
            PlaceKind::Variable(name) => PythonVersion::find(&text, name)?.replace(&text, pep440),
            PlaceKind::Pattern(pattern) => pattern.replace(&text, pep440),
            PlaceKind::WholeFile => Ok(text.replacen(text.trim(), pep440, 1)),
            PlaceKind::Cargo => {
                let (_, range) = cargo_version(&text)?;
                Ok(format!("{}\"{semver}\"{}", &text[..range.start], &text[range.end..]))
            }
            PlaceKind::SetupCfg => setup_cfg::find_version(&text)?.replace(&text, pep440),
            PlaceKind::SetupPy => setup_py::find_version(&text)?.replace(&text, pep440),
        }
    }

    fn text(&self, folder: &Path) -> Result<String, PythonError> {
        let path = folder.join(&self.path);
        std::fs::read_to_string(&path).map_err(|error| PythonError::io("read", &path, error))
    }
}

fn existing(folder: &Path, path: &str, kind: PlaceKind) -> Option<VersionPlace> {
    folder.join(path).is_file().then(|| VersionPlace { path: path.into(), kind })
}

/// `package.module.attribute`, in the layouts that setuptools searches.
fn attribute_place(folder: &Path, name: &str) -> Option<VersionPlace> {
    let (module, variable) = name.rsplit_once('.')?;
    variable_place(folder, module, variable)
}

/// A variable of a module, or of the module that it is imported from.
fn variable_place(folder: &Path, module: &str, variable: &str) -> Option<VersionPlace> {
    let path = module_file(folder, module)?;
    let text = std::fs::read_to_string(folder.join(&path)).ok()?;
    let found = PythonVersion::find(&text, variable);
    let imported = match found {
        Err(PythonError::VersionAssignments { count: 0, .. }) => {
            imported_from(&text, module, &path, variable)
        }
        _ => None,
    };
    let file = imported.and_then(|module| module_file(folder, &module)).unwrap_or(path);
    Some(VersionPlace { path: file, kind: PlaceKind::Variable(variable.to_owned()) })
}

/// Without a pattern, an assignment of `__version__` or `VERSION` (hatchling's
/// `DEFAULT_PATTERN`; pdm-backend has `__version__`).
fn pattern_place(
    folder: &Path,
    path: &str,
    pattern: Option<&str>,
) -> Result<Option<VersionPlace>, PythonError> {
    let kind = match pattern {
        Some(pattern) => PlaceKind::Pattern(VersionPattern::from_python(pattern)?),
        None => {
            let text = std::fs::read_to_string(folder.join(path)).unwrap_or_default();
            let assigned = ["__version__", "VERSION"].into_iter().find(|name| {
                let found = PythonVersion::find(&text, name);
                !matches!(found, Err(PythonError::VersionAssignments { count: 0, .. }))
            });
            PlaceKind::Variable(assigned.unwrap_or("__version__").to_owned())
        }
    };
    Ok(existing(folder, path, kind))
}

/// The version in the call of `project()`. Any other expression than a string is for meson
/// alone to evaluate (Meson documentation, "project()").
fn meson_place(folder: &Path) -> Result<Option<VersionPlace>, PythonError> {
    let pattern = r"^project\s*\([^()]*?\bversion\s*:\s*'(?P<version>[^']+)'";
    let pattern = VersionPattern::from_python(pattern)?;
    let text = std::fs::read_to_string(folder.join("meson.build")).unwrap_or_default();
    let is_string = pattern.find(&text).is_ok();
    let place = VersionPlace { path: "meson.build".into(), kind: PlaceKind::Pattern(pattern) };
    Ok(is_string.then_some(place))
}

/// The version of `[package]` and where its string is.
fn cargo_version(text: &str) -> Result<(String, Range<usize>), PythonError> {
    let document = parse_toml_of("Cargo.toml", text)?;
    let root: &dyn TableLike = document.as_table();
    let path = ["package", "version"];
    match (string_at(root, &path), item_at(root, &path).and_then(Item::span)) {
        (Some(version), Some(span)) => Ok((version, span)),
        _ => Err(PythonError::Key {
            key: "package.version of Cargo.toml",
            problem: "is missing, or inherited from a workspace; set it there",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLIT: &str =
        "[build-system]\nrequires = ['flit_core']\nbuild-backend = 'flit_core.buildapi'";
    const MATURIN: &str = "[build-system]\nrequires = ['maturin']\nbuild-backend = 'maturin'";

    /// A project with these tables and files.
    fn project(tables: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PyProject) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let text = format!("project = {{name = 'my-lib', dynamic = ['version']}}\n{tables}");
        (folder, text.parse().unwrap())
    }

    /// The file of the version, and its text with the version replaced.
    fn replaced(tables: &str, files: &[(&str, &str)]) -> (String, String) {
        let (folder, project) = project(tables, files);
        let place = VersionPlace::find(folder.path(), &project).unwrap().unwrap();
        assert_eq!(place.read(folder.path()).unwrap(), "1.2.3", "{tables}");
        let text = place.replace(folder.path(), "2.0.0rc1", "2.0.0-rc.1").unwrap();
        (place.path.display().to_string(), text)
    }

    #[test]
    fn the_version_is_read_and_written_where_each_backend_has_it() {
        let file = ("src/my_lib/__init__.py", "\"doc\"\n__version__ = '1.2.3'\n");
        assert_eq!(replaced(FLIT, &[file]).1, "\"doc\"\n__version__ = '2.0.0rc1'\n");
        let file = ("Cargo.toml", "[package]\nname = 'a'\nversion = '1.2.3' # v\n");
        let text = "[package]\nname = 'a'\nversion = \"2.0.0-rc.1\" # v\n";
        assert_eq!(replaced(MATURIN, &[file]).1, text);
        let tables = "[tool.setuptools.dynamic]\nversion = {file = 'VERSION'}";
        assert_eq!(replaced(tables, &[("VERSION", "1.2.3\n")]).1, "2.0.0rc1\n");
        let tables = "[tool.hatch.version]\npath = 'a.py'";
        let file = ("a.py", "VERSION = '1.2.3'\n");
        assert_eq!(replaced(tables, &[file]).1, "VERSION = '2.0.0rc1'\n");
        let tables =
            "[tool.hatch.version]\npath = 'a.js'\npattern = 'version: \"(?P<version>[^\"]+)\"'";
        let file = ("a.js", "{version: \"1.2.3\"}\n");
        assert_eq!(replaced(tables, &[file]).1, "{version: \"2.0.0rc1\"}\n");
        let tables = "[tool.pdm.version]\nsource = 'file'\npath = 'a.py'";
        let file = ("a.py", "__version__ = '1.2.3'\n");
        assert_eq!(replaced(tables, &[file]).1, "__version__ = '2.0.0rc1'\n");
    }

    const MESON: &str = "[build-system]\nrequires = []\nbuild-backend = 'mesonpy'";

    #[test]
    fn a_version_of_meson_has_a_place_if_it_is_a_string() {
        let file = |version: &str| {
            format!("project('a', 'c',\n  meson_version: '>=1.1',\n  version : {version})\n")
        };
        let text = replaced(MESON, &[("meson.build", &file("'1.2.3'"))]).1;
        assert_eq!(text, file("'2.0.0rc1'"));
        for other in ["files('VERSION')", "run_command('v').stdout().strip()"] {
            let (folder, project) = project(MESON, &[("meson.build", &file(other))]);
            assert!(VersionPlace::find(folder.path(), &project).unwrap().is_none(), "{other}");
        }
    }

    #[test]
    fn the_version_is_read_and_written_in_the_files_of_setuptools() {
        for (name, text) in [
            ("setup.cfg", "[metadata]\nname = my-lib\nversion = 1.2.3\n"),
            ("setup.py", "from setuptools import setup\nsetup(name='my-lib', version='1.2.3')\n"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
            std::fs::write(folder.path().join("pyproject.toml"), "[tool.ruff]\n").unwrap();
            let project = PyProject::find(folder.path()).unwrap().unwrap();
            let place = VersionPlace::find(folder.path(), &project).unwrap().unwrap();
            assert_eq!(place.read(folder.path()).unwrap(), "1.2.3");
            let replaced = place.replace(folder.path(), "2.0", "2.0").unwrap();
            assert_eq!(replaced, text.replace("1.2.3", "2.0"));
        }
    }

    #[test]
    fn an_attribute_is_followed_to_the_module_that_it_is_imported_from() {
        let tables = "[tool.setuptools.dynamic]\nversion = {attr = 'my_lib.__version__'}";
        for import in
            ["from ._version import a, __version__", "from my_lib._version import __version__"]
        {
            let files = [
                ("src/my_lib/__init__.py", import),
                ("src/my_lib/_version.py", "__version__ = '1.2.3'\n"),
            ];
            let (path, text) = replaced(tables, &files);
            assert_eq!(path, "src/my_lib/_version.py");
            assert_eq!(text, "__version__ = '2.0.0rc1'\n");
        }
    }

    #[test]
    fn versions_of_git_have_no_place_and_a_missing_file_is_an_error() {
        let (folder, from_git) = project("[tool.setuptools_scm]", &[]);
        assert!(VersionPlace::find(folder.path(), &from_git).unwrap().is_none());
        let (folder, from_file) = project("[tool.hatch.version]\npath = 'a.py'", &[]);
        let missing = VersionPlace::find(folder.path(), &from_file);
        assert!(matches!(missing, Err(PythonError::VersionSourceMissing { .. })));
    }
}
