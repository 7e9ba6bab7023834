//! The build backends, and the usual `pyproject.toml` of each.

use crate::text::dedent;

/// A table `[build-system]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backend {
    requires: &'static [&'static str],
    module: &'static str,
}

const fn backend(module: &'static str, requires: &'static [&'static str]) -> Backend {
    Backend { requires, module }
}

/// In the project itself, so that nothing is installed: for projects in which the backend
/// does not matter.
pub(crate) const IN_TREE: Backend = backend("backend", &[]);
pub(crate) const HATCHLING: Backend = backend("hatchling.build", &["hatchling"]);
pub(crate) const HATCH_VCS: Backend = backend("hatchling.build", &["hatchling", "hatch-vcs"]);
pub(crate) const SETUPTOOLS: Backend = backend("setuptools.build_meta", &["setuptools>=77"]);
pub(crate) const SETUPTOOLS_SCM: Backend =
    backend("setuptools.build_meta", &["setuptools>=77", "setuptools-scm>=8"]);
pub(crate) const FLIT: Backend = backend("flit_core.buildapi", &["flit_core>=3.11,<4"]);
pub(crate) const POETRY: Backend = backend("poetry.core.masonry.api", &["poetry-core>=2.0,<3.0"]);
pub(crate) const POETRY_DYNAMIC: Backend = backend(
    "poetry_dynamic_versioning.backend",
    &["poetry-core>=2.0,<3.0", "poetry-dynamic-versioning>=1.0.0,<2.0.0"],
);
pub(crate) const PDM: Backend = backend("pdm.backend", &["pdm-backend"]);
pub(crate) const UV: Backend = backend("uv_build", &["uv_build>=0.8,<0.12"]);
pub(crate) const VERSIONINGIT: Backend =
    backend("setuptools.build_meta", &["setuptools>=77", "versioningit"]);
pub(crate) const MATURIN: Backend = backend("maturin", &["maturin>=1.7,<2"]);
pub(crate) const MESON: Backend = backend("mesonpy", &["meson-python>=0.17"]);
pub(crate) const SCIKIT_BUILD: Backend =
    backend("scikit_build_core.build", &["scikit-build-core>=0.10"]);

impl Backend {
    /// The table alone.
    pub(crate) fn table(self) -> String {
        let Self { requires, module } = self;
        let path = if self.is_in_tree() { "backend-path = [\".\"]\n" } else { "" };
        format!("[build-system]\nrequires = {requires:?}\nbuild-backend = \"{module}\"\n{path}")
    }

    pub(crate) fn is_in_tree(self) -> bool {
        self.requires.is_empty()
    }

    /// The table, and `[project]` of the name `demo` with further lines, which may start
    /// other tables.
    pub(crate) fn project(self, lines: &str) -> String {
        format!("{}\n[project]\nname = \"demo\"\n{}", self.table(), dedent(lines))
    }
}
