use std::fmt;

use toml_edit::TableLike;

use crate::{
    BuildSystem, PythonError, normalize_name,
    toml_document::{item_at, string_at},
};

/// The source of a version that the build backend determines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DynamicVersion {
    /// A Python attribute, `package.module.attribute` (setuptools).
    Attribute(String),
    /// `__version__` of a module (flit).
    Module(String),
    /// A file that contains nothing else (setuptools).
    File(String),
    /// A place in a file, found by a regular expression with a group `version`; without
    /// one, an assignment of `__version__` or `VERSION` (hatchling, pdm-backend).
    Pattern {
        /// The file.
        path: String,
        /// The regular expression.
        pattern: Option<String>,
    },
    /// `Cargo.toml` (maturin).
    Cargo,
    /// `project()` of `meson.build` (meson-python).
    Meson,
    /// `version` in `[metadata]` of `setup.cfg` (setuptools).
    SetupCfg,
    /// The keyword `version` of the call in `setup.py` (setuptools).
    SetupPy,
    /// The tags of the version control system, through this tool.
    VersionControl(String),
    /// Not configured in a recognised way.
    Unknown,
}

/// Tools that read the version from git when they are a build requirement, or when
/// their table is there: the requirement and the table.
const GIT_TOOLS: [(&str, &str); 10] = [
    ("setuptools-scm", "setuptools_scm"),
    ("hatch-vcs", "hatch-vcs"),
    ("versioningit", "versioningit"),
    ("poetry-dynamic-versioning", "poetry-dynamic-versioning"),
    ("uv-dynamic-versioning", "uv-dynamic-versioning"),
    ("setuptools-git-versioning", "setuptools-git-versioning"),
    ("versioneer", "versioneer"),
    ("dunamai", "dunamai"),
    ("flit-scm", "flit_scm"),
    ("vcs-versioning", "vcs-versioning"),
];

impl DynamicVersion {
    /// What `pyproject.toml` configures.
    pub(crate) fn from_table(root: &dyn TableLike) -> Result<Self, PythonError> {
        let build = BuildSystem::from_table(root)?;
        let found = from_setuptools(root)
            .or_else(|| from_hatch(root))
            .or_else(|| from_pdm(root))
            .or_else(|| from_scikit_build(root))
            .or_else(|| from_git(root, &build))
            .or_else(|| from_backend(root, &build));
        Ok(found.unwrap_or(Self::Unknown))
    }
}

/// setuptools documentation, "Dynamic Metadata".
fn from_setuptools(root: &dyn TableLike) -> Option<DynamicVersion> {
    let table = ["tool", "setuptools", "dynamic", "version"];
    if let Some(name) = string_at(root, &[&table[..], &["attr"]].concat()) {
        return Some(DynamicVersion::Attribute(name));
    }
    let file = item_at(root, &[&table[..], &["file"]].concat())?;
    // One file, or a list of which only one is a version.
    let listed = || file.as_array().filter(|files| files.len() == 1)?.get(0)?.as_str();
    file.as_str().or_else(listed).map(|path| DynamicVersion::File(path.to_owned()))
}

/// Hatch documentation, "Versioning": sources `regex` (default), `code`, `env`, and
/// those of plugins.
fn from_hatch(root: &dyn TableLike) -> Option<DynamicVersion> {
    let key = |name| string_at(root, &["tool", "hatch", "version", name]);
    match key("source").as_deref() {
        Some("vcs") => Some(DynamicVersion::VersionControl("hatch-vcs".to_owned())),
        Some(tool @ ("uv-dynamic-versioning" | "versioningit")) => {
            Some(DynamicVersion::VersionControl(tool.to_owned()))
        }
        Some("regex") | None => {
            Some(DynamicVersion::Pattern { path: key("path")?, pattern: key("pattern") })
        }
        // The file is executed, and then the variable taken.
        Some("code") if key("expression").is_none_or(|expression| expression == "__version__") => {
            Some(DynamicVersion::Pattern { path: key("path")?, pattern: None })
        }
        Some(_) => None,
    }
}

/// PDM-Backend documentation, "Dynamic project version".
fn from_pdm(root: &dyn TableLike) -> Option<DynamicVersion> {
    let key = |name| string_at(root, &["tool", "pdm", "version", name]);
    match key("source")?.as_str() {
        "file" => Some(DynamicVersion::Pattern { path: key("path")?, pattern: None }),
        "scm" => Some(DynamicVersion::VersionControl("pdm-backend".to_owned())),
        _ => None,
    }
}

/// scikit-build-core documentation, "Dynamic metadata". Without a regular expression, an
/// assignment of `__version__` or `VERSION`.
fn from_scikit_build(root: &dyn TableLike) -> Option<DynamicVersion> {
    let key = |name| string_at(root, &["tool", "scikit-build", "metadata", "version", name]);
    match key("provider")?.as_str() {
        "scikit_build_core.metadata.setuptools_scm" => {
            Some(DynamicVersion::VersionControl("setuptools-scm".to_owned()))
        }
        "scikit_build_core.metadata.regex" if key("regex").is_none() => {
            Some(DynamicVersion::Pattern { path: key("input")?, pattern: None })
        }
        _ => None,
    }
}

fn from_git(root: &dyn TableLike, build: &BuildSystem) -> Option<DynamicVersion> {
    let required: Vec<String> =
        build.requires.iter().map(|requirement| requirement_name(requirement)).collect();
    let found = GIT_TOOLS.iter().find(|(package, table)| {
        item_at(root, &["tool", table]).is_some() || required.iter().any(|name| name == package)
    });
    found.map(|(package, _)| DynamicVersion::VersionControl((*package).to_owned()))
}

/// The normalised name that a requirement starts with (PEP 508).
fn requirement_name(requirement: &str) -> String {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = requirement.find(|c| !is_name(c)).unwrap_or(requirement.len());
    normalize_name(&requirement[..end])
}

/// Backends with a source of their own.
fn from_backend(root: &dyn TableLike, build: &BuildSystem) -> Option<DynamicVersion> {
    match build.backend.as_str() {
        // Flit documentation, "The pyproject.toml config file".
        "flit_core.buildapi" | "flit.buildapi" => {
            let module = string_at(root, &["tool", "flit", "module", "name"]);
            let name = module.or_else(|| string_at(root, &["project", "name"]))?;
            Some(DynamicVersion::Module(name.replace('-', "_")))
        }
        // Maturin documentation, "Metadata".
        "maturin" => Some(DynamicVersion::Cargo),
        // meson-python documentation, "Project metadata".
        "mesonpy" => Some(DynamicVersion::Meson),
        _ => None,
    }
}

impl fmt::Display for DynamicVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "attribute `{name}`"),
            Self::Module(name) => write!(f, "`__version__` of module `{name}`"),
            Self::File(path) | Self::Pattern { path, .. } => write!(f, "file `{path}`"),
            Self::Cargo => f.write_str("Cargo.toml"),
            Self::Meson => f.write_str("meson.build"),
            Self::SetupCfg => f.write_str("`version` of setup.cfg"),
            Self::SetupPy => f.write_str("`version` of setup.py"),
            Self::VersionControl(tool) => write!(f, "tags, through {tool}"),
            Self::Unknown => f.write_str("the build backend's own source"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ProjectVersion, PyProject};

    #[test]
    fn the_source_of_a_dynamic_version_is_found() {
        for (tables, source) in [
            ("[tool.setuptools.dynamic]\nversion = {attr = 'a.v'}", "attribute `a.v`"),
            ("[tool.setuptools.dynamic]\nversion = {file = 'VERSION'}", "file `VERSION`"),
            ("[tool.setuptools.dynamic]\nversion = {file = ['VERSION']}", "file `VERSION`"),
            ("[tool.hatch.version]\npath = 'a.py'", "file `a.py`"),
            ("[tool.hatch.version]\nsource = 'vcs'", "tags, through hatch-vcs"),
            (
                "[tool.hatch.version]\nsource = 'uv-dynamic-versioning'",
                "tags, through uv-dynamic-versioning",
            ),
            ("[tool.hatch.version]\nsource = 'code'\npath = 'a.py'", "file `a.py`"),
            (
                "[tool.hatch.version]\nsource = 'code'\npath = 'a.py'\nexpression = 'v()'",
                "the build backend's own source",
            ),
            (
                "[tool.scikit-build.metadata.version]\n\
                 provider = 'scikit_build_core.metadata.regex'\ninput = 'a.py'",
                "file `a.py`",
            ),
            (
                "[tool.scikit-build.metadata.version]\n\
                 provider = 'scikit_build_core.metadata.setuptools_scm'",
                "tags, through setuptools-scm",
            ),
            ("[tool.setuptools_scm]", "tags, through setuptools-scm"),
            (
                "[build-system]\nrequires = ['setuptools>=64', 'setuptools_scm[toml]>=8']",
                "tags, through setuptools-scm",
            ),
            ("[tool.versioningit]", "tags, through versioningit"),
            ("[tool.pdm.version]\nsource = 'file'\npath = 'a.py'", "file `a.py`"),
            ("[tool.pdm.version]\nsource = 'scm'", "tags, through pdm-backend"),
            (
                "[build-system]\nrequires = ['flit_core']\nbuild-backend = 'flit_core.buildapi'",
                "`__version__` of module `my_lib`",
            ),
            ("[build-system]\nrequires = ['maturin']\nbuild-backend = 'maturin'", "Cargo.toml"),
            ("[build-system]\nrequires = []\nbuild-backend = 'mesonpy'", "meson.build"),
            ("", "the build backend's own source"),
        ] {
            let text = format!("project = {{name = 'my-lib', dynamic = ['version']}}\n{tables}");
            let project: PyProject = text.parse().unwrap();
            let ProjectVersion::Dynamic(version) = project.version else { panic!("{tables}") };
            assert_eq!(version.to_string(), source, "{tables}");
        }
    }
}
