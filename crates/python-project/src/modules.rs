//! The files of Python modules in a project.

use std::path::{Path, PathBuf};

/// Folders that packages are in.
const ROOTS: [&str; 4] = ["", "src/", "lib/", "python/"];

/// Modules of a package in which it states its version.
const VERSION_MODULES: [&str; 6] =
    ["", "._version", ".version", ".__version__", ".__about__", "._about"];

/// The file of a module, in the layouts that setuptools and others search.
pub(crate) fn module_file(folder: &Path, module: &str) -> Option<PathBuf> {
    let path = module.replace('.', "/");
    let files = ROOTS
        .iter()
        .flat_map(|root| [format!("{root}{path}.py"), format!("{root}{path}/__init__.py")]);
    files.map(PathBuf::from).find(|file| folder.join(file).is_file())
}

/// `from .version import __version__` and `from package.version import __version__`.
pub(crate) fn imported_from(
    text: &str,
    module: &str,
    file: &Path,
    variable: &str,
) -> Option<String> {
    let source = text.lines().find_map(|line| {
        let (source, names) = line.strip_prefix("from ")?.split_once(" import ")?;
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        names.split(|c| !is_name(c)).any(|name| name == variable).then(|| source.trim())
    })?;
    let Some(relative) = source.strip_prefix('.') else { return Some(source.to_owned()) };
    if relative.starts_with('.') {
        return None;
    }
    let is_package = file.file_name().is_some_and(|name| name == "__init__.py");
    let package = if is_package { module } else { module.rsplit_once('.')?.0 };
    Some(format!("{package}.{relative}"))
}

/// The modules of the project's own name, in which it may state its version: `my_lib`, or
/// `my.lib` of a namespace.
pub(crate) fn named_modules(folder: &Path, normalized_name: &str) -> Vec<PathBuf> {
    let packages = ["_", "."].map(|separator| normalized_name.replace('-', separator));
    let of_package = |package: &String| version_modules(folder, package);
    let mut files: Vec<PathBuf> = packages.iter().flat_map(of_package).collect();
    files.dedup();
    files
}

/// The modules of every top-level package in which it may state its version.
pub(crate) fn top_level_modules(folder: &Path) -> Vec<PathBuf> {
    let entries = ROOTS.iter().filter_map(|root| std::fs::read_dir(folder.join(root)).ok());
    let names =
        entries.flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut packages: Vec<String> = names.filter(|name| is_identifier(name)).collect();
    packages.sort();
    packages.dedup();
    packages.iter().flat_map(|package| version_modules(folder, package)).collect()
}

fn version_modules(folder: &Path, package: &str) -> Vec<PathBuf> {
    let names = VERSION_MODULES.iter().map(|name| format!("{package}{name}"));
    names.filter_map(|module| module_file(folder, &module)).collect()
}

fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn modules_of_the_projects_name_are_packages_namespaces_and_single_files() {
        for file in
            ["src/my_lib/__init__.py", "my_lib.py", "my/lib/__init__.py", "my_lib/version.py"]
        {
            let folder = folder(&[file, "other/__init__.py"]);
            assert_eq!(named_modules(folder.path(), "my-lib"), [PathBuf::from(file)], "{file}");
        }
        let folder = folder(&["demo/__init__.py"]);
        assert_eq!(named_modules(folder.path(), "demo"), [PathBuf::from("demo/__init__.py")]);
    }

    #[test]
    fn top_level_modules_are_those_of_every_package() {
        let files =
            ["src/a/__init__.py", "src/b/_version.py", "c/__init__.py", "d/e/f.py", "g/x.txt"];
        let found = top_level_modules(folder(&files).path());
        assert_eq!(found, files[..3].iter().map(PathBuf::from).collect::<Vec<_>>());
    }
}
