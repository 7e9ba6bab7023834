use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use crate::{PythonError, normalize_name};

/// What a release needs to know of `pyproject.toml` (PEP 518, 517, 621).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PyProject {
    /// Name as written.
    pub name: String,
    /// Where the version is.
    pub version: ProjectVersion,
    /// How distributions are built.
    pub build: BuildSystem,
    /// Commands that an installation offers.
    pub scripts: Vec<Script>,
    /// Pythons that are supported, as written.
    pub requires_python: Option<String>,
}

/// Where a project keeps its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectVersion {
    /// In `pyproject.toml`, as written.
    Static(String),
    /// The build backend finds it.
    Dynamic(DynamicVersion),
}

/// Where a build backend finds the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DynamicVersion {
    /// A Python attribute, `package.module.attribute` (setuptools).
    Attribute(String),
    /// A file (setuptools, hatch).
    File(String),
    /// The tags of the version control system, through this tool.
    VersionControl(String),
    /// Not told in a way that is known here; flit reads the module's `__version__`.
    Unknown,
}

/// Table `[build-system]`, with the defaults of PEP 517.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSystem {
    /// Requirements to install before the backend is imported.
    pub requires: Vec<String>,
    /// `module` or `module:object`.
    pub backend: String,
    /// Folders of the source tree from which the backend is imported.
    pub backend_path: Vec<String>,
}

/// A command that an installation offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Name of the command.
    pub name: String,
    /// `module:function`.
    pub target: String,
}

impl PyProject {
    /// Reads `pyproject.toml` in a folder.
    ///
    /// # Errors
    /// [`PythonError::NotAProject`], [`PythonError::Toml`], [`PythonError::Key`].
    pub fn read(folder: &Path) -> Result<Self, PythonError> {
        Self::parse(&read_text(folder)?)
    }

    /// Reads the text of a `pyproject.toml`.
    ///
    /// # Errors
    /// [`PythonError::Toml`], [`PythonError::Key`].
    pub fn parse(text: &str) -> Result<Self, PythonError> {
        let document = parse_toml(text)?;
        let root: &dyn TableLike = document.as_table();
        let name = text_at(root, &["project", "name"]);
        let name = name.or_else(|| text_at(root, &["tool", "poetry", "name"]));
        let missing = PythonError::Key { key: "project.name", problem: "is missing" };
        Ok(Self {
            name: name.ok_or(missing)?,
            version: version(root)?,
            build: BuildSystem::of(root)?,
            scripts: scripts(root),
            requires_python: text_at(root, &["project", "requires-python"]),
        })
    }

    /// The name as indexes compare it.
    #[must_use]
    pub fn normalized_name(&self) -> String {
        normalize_name(&self.name)
    }
}

impl BuildSystem {
    /// Reads `[build-system]` of a folder's `pyproject.toml`; the defaults of
    /// PEP 517 when there is none.
    ///
    /// # Errors
    /// [`PythonError::NotAProject`], [`PythonError::Toml`], [`PythonError::Key`].
    pub fn read(folder: &Path) -> Result<Self, PythonError> {
        Self::of(parse_toml(&read_text(folder)?)?.as_table())
    }

    fn of(root: &dyn TableLike) -> Result<Self, PythonError> {
        let Some(table) = item_at(root, &["build-system"]).and_then(Item::as_table_like) else {
            return Ok(Self::legacy(vec!["setuptools>=40.8.0".to_owned()]));
        };
        let missing = PythonError::Key { key: "build-system.requires", problem: "is missing" };
        let requires = texts(table, "requires", "build-system.requires")?.ok_or(missing)?;
        let Some(backend) = text_at(table, &["build-backend"]) else {
            return Ok(Self::legacy(requires));
        };
        let backend_path = texts(table, "backend-path", "build-system.backend-path")?;
        Ok(Self { requires, backend, backend_path: backend_path.unwrap_or_default() })
    }

    /// What PEP 517 prescribes for projects that name no backend.
    fn legacy(requires: Vec<String>) -> Self {
        let backend = "setuptools.build_meta:__legacy__".to_owned();
        Self { requires, backend, backend_path: Vec::new() }
    }
}

fn read_text(folder: &Path) -> Result<String, PythonError> {
    let path: PathBuf = folder.join("pyproject.toml");
    std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => PythonError::NotAProject { folder: folder.to_owned() },
        _ => PythonError::io("read", &path, error),
    })
}

pub(crate) fn parse_toml(text: &str) -> Result<Document<&str>, PythonError> {
    Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text[..at.min(text.len())].matches('\n').count() + 1;
        PythonError::Toml { line, reason: error.message().to_owned() }
    })
}

pub(crate) fn item_at<'a>(root: &'a dyn TableLike, path: &[&str]) -> Option<&'a Item> {
    let (first, rest) = path.split_first()?;
    let item = root.get(first)?;
    if rest.is_empty() { Some(item) } else { item_at(item.as_table_like()?, rest) }
}

fn text_at(root: &dyn TableLike, path: &[&str]) -> Option<String> {
    item_at(root, path)?.as_str().map(str::to_owned)
}

fn texts(
    table: &dyn TableLike,
    name: &str,
    key: &'static str,
) -> Result<Option<Vec<String>>, PythonError> {
    let Some(item) = table.get(name) else { return Ok(None) };
    let entries = item.as_array().map(|array| array.iter().map(|entry| entry.as_str()));
    let texts = entries.and_then(|mut all| {
        all.try_fold(Vec::new(), |mut list, text| {
            list.push(text?.to_owned());
            Some(list)
        })
    });
    texts.map(Some).ok_or(PythonError::Key { key, problem: "must be a list of strings" })
}

fn version(root: &dyn TableLike) -> Result<ProjectVersion, PythonError> {
    let poetry = || text_at(root, &["tool", "poetry", "version"]);
    if let Some(version) = text_at(root, &["project", "version"]).or_else(poetry) {
        return Ok(ProjectVersion::Static(version));
    }
    if is_dynamic(root) {
        return Ok(ProjectVersion::Dynamic(dynamic_version(root)));
    }
    Err(PythonError::Key { key: "project.version", problem: "is missing and not dynamic" })
}

fn is_dynamic(root: &dyn TableLike) -> bool {
    let dynamic = item_at(root, &["project", "dynamic"]).and_then(Item::as_array);
    dynamic.is_some_and(|names| names.iter().any(|name| name.as_str() == Some("version")))
}

fn dynamic_version(root: &dyn TableLike) -> DynamicVersion {
    let tool = |path: &[&str]| text_at(root, &[&["tool"], path].concat());
    let setuptools = ["setuptools", "dynamic", "version"];
    if let Some(attribute) = tool(&[&setuptools[..], &["attr"]].concat()) {
        return DynamicVersion::Attribute(attribute);
    }
    let file = tool(&[&setuptools[..], &["file"]].concat());
    if let Some(path) = file.or_else(|| tool(&["hatch", "version", "path"])) {
        return DynamicVersion::File(path);
    }
    let hatch = tool(&["hatch", "version", "source"]).filter(|source| source == "vcs");
    let by_tool = |name: &str| item_at(root, &["tool", name]).map(|_| name.to_owned());
    let named = ["setuptools_scm", "versioningit", "poetry-dynamic-versioning"];
    let tool =
        hatch.map(|_| "hatch-vcs".to_owned()).or_else(|| named.into_iter().find_map(by_tool));
    tool.map_or(DynamicVersion::Unknown, DynamicVersion::VersionControl)
}

impl std::fmt::Display for DynamicVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "attribute `{name}`"),
            Self::File(path) => write!(f, "file `{path}`"),
            Self::VersionControl(tool) => write!(f, "tags, through {tool}"),
            Self::Unknown => f.write_str("the build backend's own source"),
        }
    }
}

fn scripts(root: &dyn TableLike) -> Vec<Script> {
    let tables = [["project", "scripts"].as_slice(), &["tool", "poetry", "scripts"]];
    let listed = tables.iter().filter_map(|path| item_at(root, path)?.as_table_like());
    let entries = listed.flat_map(TableLike::iter);
    let script = |(name, target): (&str, &Item)| {
        Some(Script { name: name.to_owned(), target: target.as_str()?.to_owned() })
    };
    entries.filter_map(script).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_project_is_read() {
        let project = PyProject::parse(
            "[build-system]\nrequires = ['flit_core>=3']\nbuild-backend = 'flit_core.buildapi'\n\
             [project]\nname = 'My_Project'\nversion = '1.0'\nrequires-python = '>=3.9'\n\
             scripts.mine = 'my.cli:main'\n",
        )
        .unwrap();
        assert_eq!(project.normalized_name(), "my-project");
        assert_eq!(project.version, ProjectVersion::Static("1.0".to_owned()));
        assert_eq!(project.build.backend, "flit_core.buildapi");
        assert_eq!(project.scripts[0].name, "mine");
    }

    #[test]
    fn without_a_build_system_setuptools_builds() {
        let project = PyProject::parse("[project]\nname = 'a'\nversion = '1'\n").unwrap();
        assert_eq!(project.build.backend, "setuptools.build_meta:__legacy__");
        assert_eq!(project.build.requires, ["setuptools>=40.8.0"]);
    }

    #[test]
    fn sources_of_dynamic_versions_are_told() {
        let project =
            |tool: &str| format!("project = {{name = 'a', dynamic = ['version']}}\n{tool}");
        for (tool, source) in [
            ("[tool.setuptools.dynamic]\nversion = {attr = 'a.v'}", "attribute `a.v`"),
            ("[tool.hatch.version]\npath = 'a.py'", "file `a.py`"),
            ("[tool.setuptools_scm]", "tags, through setuptools_scm"),
            ("", "the build backend's own source"),
        ] {
            let ProjectVersion::Dynamic(found) = PyProject::parse(&project(tool)).unwrap().version
            else {
                panic!("{tool}")
            };
            assert_eq!(found.to_string(), source);
        }
    }

    #[test]
    fn mistakes_are_told_with_line_or_key() {
        let error = |text: &str| PyProject::parse(text).unwrap_err().to_string();
        assert!(
            error("[project]\nname = \n").contains("line 2"),
            "{}",
            error("[project]\nname = \n")
        );
        assert!(error("[project]\nversion = '1'").contains("`project.name` is missing"));
        assert!(error("[project]\nname = 'a'").contains("`project.version` is missing"));
        let list = "[build-system]\nrequires = 'x'\n[project]\nname = 'a'\nversion = '1'";
        assert!(error(list).contains("must be a list of strings"));
    }
}
