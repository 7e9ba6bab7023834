use std::path::{Path, PathBuf};

use toml_edit::{Item, TableLike};

use crate::{
    ProjectVersion, PyProject, PythonError, normalize_name,
    toml_document::{item_at, parse_toml, string_at},
};

/// A lock file that holds the project's own version, and so is stale when that changes.
///
/// `poetry.lock` and `pdm.lock` hold the versions of dependencies only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFile {
    /// The file.
    pub path: PathBuf,
    /// The command that refreshes it, in the folder of the file.
    pub command: &'static [&'static str],
}

/// Names of lock files, and what refreshes them.
const LOCK_FILES: [(&str, &[&str]); 3] = [
    ("uv.lock", &["uv", "lock"]),
    ("pixi.lock", &["pixi", "lock"]),
    ("Cargo.lock", &["cargo", "update", "--workspace"]),
];

impl LockFile {
    /// The lock files in `folder` and the folders above it, up to `top`, that hold the
    /// version of the project: those of a workspace are above its members.
    ///
    /// # Errors
    /// [`PythonError::Io`], [`PythonError::Toml`] when one cannot be read.
    pub fn find(folder: &Path, top: &Path, project: &PyProject) -> Result<Vec<Self>, PythonError> {
        let folders = folder.ancestors().take_while(|ancestor| ancestor.starts_with(top));
        let mut found = Vec::new();
        for (path, command) in folders
            .flat_map(|folder| LOCK_FILES.map(|(name, command)| (folder.join(name), command)))
        {
            if path.is_file() && holds_version(&path, folder, project)? {
                found.push(Self { path, command });
            }
        }
        Ok(found)
    }
}

fn holds_version(path: &Path, folder: &Path, project: &PyProject) -> Result<bool, PythonError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| PythonError::io("read", path, error))?;
    match path.file_name().and_then(|name| name.to_str()) {
        Some("Cargo.lock") => match crate_name(folder)? {
            Some(name) => locks_package(&text, |locked| locked == name),
            None => Ok(false),
        },
        // An entry of a package without a fixed version has no `version` key.
        Some("uv.lock") => {
            let name = project.normalized_name();
            locks_package(&text, |locked| normalize_name(locked) == name)
        }
        // YAML: `- pypi: ./` with `name:` and `version:` below it.
        _ => Ok(matches!(project.version, ProjectVersion::Static(_))
            && text.contains(&format!("name: {}\n", project.normalized_name()))),
    }
}

/// The name of the crate that maturin builds.
fn crate_name(folder: &Path) -> Result<Option<String>, PythonError> {
    let Ok(text) = std::fs::read_to_string(folder.join("Cargo.toml")) else { return Ok(None) };
    Ok(string_at(parse_toml(&text)?.as_table(), &["package", "name"]))
}

/// Whether a `[[package]]` of this name has a version.
fn locks_package(text: &str, is_own: impl Fn(&str) -> bool) -> Result<bool, PythonError> {
    let document = parse_toml(text)?;
    let packages = item_at(document.as_table(), &["package"]).and_then(Item::as_array_of_tables);
    let mut packages = packages.into_iter().flatten();
    Ok(packages.any(|package: &toml_edit::Table| {
        let name = TableLike::get(package, "name").and_then(Item::as_str);
        name.is_some_and(&is_own) && TableLike::get(package, "version").is_some()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: &str = "[project]\nname = 'My.Lib'\nversion = '1.2.3'\n";

    /// The lock files that hold the version of a project in `member` with these files.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("member");
        std::fs::create_dir(&folder).unwrap();
        for (path, text) in files {
            std::fs::write(top.path().join(path), text).unwrap();
        }
        let found = LockFile::find(&folder, top.path(), &PROJECT.parse().unwrap()).unwrap();
        let relative =
            |lock: LockFile| lock.path.strip_prefix(top.path()).unwrap().display().to_string();
        found.into_iter().map(relative).collect()
    }

    #[test]
    fn a_lock_that_holds_the_projects_own_version_is_found_in_its_folder_and_above() {
        let own = "version = 1\n[[package]]\nname = 'my-lib'\nversion = '1.2.3'\n\
                   source = { editable = '.' }\n";
        assert_eq!(found(&[("member/uv.lock", own)]), ["member/uv.lock"]);
        assert_eq!(found(&[("uv.lock", own)]), ["uv.lock"]);
        let dynamic = "[[package]]\nname = 'my-lib'\nsource = { editable = '.' }\n";
        assert_eq!(found(&[("member/uv.lock", dynamic)]), [""; 0]);
        let other = "[[package]]\nname = 'other'\nversion = '1.2.3'\n";
        assert_eq!(found(&[("uv.lock", other), ("member/poetry.lock", own)]), [""; 0]);
        let files = [
            ("member/Cargo.toml", "[package]\nname = 'core'\nversion = '1.2.3'\n"),
            ("Cargo.lock", "[[package]]\nname = \"core\"\nversion = \"1.2.3\"\n"),
        ];
        assert_eq!(found(&files), ["Cargo.lock"]);
    }
}
