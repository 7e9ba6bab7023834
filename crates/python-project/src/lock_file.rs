use std::path::{Path, PathBuf};

use toml_edit::{Item, TableLike};

use crate::{
    ProjectVersion, PyProject, PythonError, normalize_name,
    toml_document::{item_at, parse_toml_of, string_at},
};

/// A lock file that holds the project's own version, and so is stale when that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFile {
    /// The file.
    pub path: PathBuf,
    /// The command that refreshes it, in the folder of the file.
    pub command: &'static [&'static str],
    /// The versions of the project that it holds: one, or several in forks of a lock; an
    /// empty text where none is found.
    pub versions: Vec<String>,
}

/// A lock file that cannot be read, so that nobody knows whether it holds the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableLock {
    /// The file.
    pub path: PathBuf,
    /// The line at fault, from 1, where it is one.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub reason: String,
}

/// The lock files of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockFiles {
    /// Those that hold its version.
    pub own: Vec<LockFile>,
    /// Those that cannot be read.
    pub unreadable: Vec<UnreadableLock>,
}

const CARGO_TOML: &str = "Cargo.toml";

/// Names of lock files, and what refreshes them. `poetry.lock` and `pdm.lock` hold the
/// versions of dependencies only.
const LOCK_FILES: [(&str, &[&str]); 5] = [
    ("uv.lock", &["uv", "lock"]),
    ("pixi.lock", &["pixi", "lock"]),
    ("Cargo.lock", &["cargo", "update", "--workspace"]),
    ("poetry.lock", &[]),
    ("pdm.lock", &[]),
];

impl LockFiles {
    /// The lock files in `folder` and the folders above it, up to `top`: those of a
    /// workspace are above its members.
    #[must_use]
    pub fn find(folder: &Path, top: &Path, project: &PyProject) -> Self {
        let folders = folder.ancestors().take_while(|ancestor| ancestor.starts_with(top));
        let mut found = Self::default();
        for (path, command) in folders
            .flat_map(|folder| LOCK_FILES.map(|(name, command)| (folder.join(name), command)))
            .filter(|(path, _)| path.is_file())
        {
            match own_versions(&path, folder, project) {
                Ok(versions) if versions.is_empty() => {}
                Ok(versions) => found.own.push(LockFile { path, command, versions }),
                Err(error) => found.unreadable.push(UnreadableLock::new(path, folder, error)),
            }
        }
        found
    }
}

impl UnreadableLock {
    fn new(path: PathBuf, folder: &Path, error: PythonError) -> Self {
        match error {
            PythonError::Toml { file, line, reason } => {
                let path = if file == CARGO_TOML { folder.join(file) } else { path };
                Self { path, line: Some(line), reason }
            }
            PythonError::Io { source, .. } => Self { path, line: None, reason: source.to_string() },
            error => Self { path, line: None, reason: error.to_string() },
        }
    }
}

/// The versions of the project in a lock file.
fn own_versions(
    path: &Path,
    folder: &Path,
    project: &PyProject,
) -> Result<Vec<String>, PythonError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| PythonError::io("read", path, error))?;
    let project_name = project.normalized_name();
    match path.file_name().and_then(|name| name.to_str()) {
        Some(file @ "Cargo.lock") => match crate_name(folder)? {
            Some(name) => locked_versions(file, &text, |locked| locked == name),
            None => Ok(Vec::new()),
        },
        // An entry of a package without a fixed version has no `version` key.
        Some(file @ "uv.lock") => {
            locked_versions(file, &text, |locked| normalize_name(locked) == project_name)
        }
        Some("pixi.lock") => Ok(match project.version {
            ProjectVersion::Static(_) => pixi_versions(&text, &project_name),
            ProjectVersion::Dynamic(_) => Vec::new(),
        }),
        Some(file) => parse_toml_of(file, &text).map(|_| Vec::new()),
        None => Ok(Vec::new()),
    }
}

/// The name of the crate that maturin builds.
fn crate_name(folder: &Path) -> Result<Option<String>, PythonError> {
    let Ok(text) = std::fs::read_to_string(folder.join(CARGO_TOML)) else { return Ok(None) };
    Ok(string_at(parse_toml_of(CARGO_TOML, &text)?.as_table(), &["package", "name"]))
}

/// The versions of each `[[package]]` of this name.
fn locked_versions(
    file: &str,
    text: &str,
    is_own: impl Fn(&str) -> bool,
) -> Result<Vec<String>, PythonError> {
    let document = parse_toml_of(file, text)?;
    let packages = item_at(document.as_table(), &["package"]).and_then(Item::as_array_of_tables);
    let packages = packages.into_iter().flatten();
    let versions = packages.filter_map(|package: &toml_edit::Table| {
        let text = |key| TableLike::get(package, key).and_then(Item::as_str);
        text("name").filter(|name| is_own(name)).and(text("version"))
    });
    Ok(versions.map(str::to_owned).collect())
}

/// YAML: `- pypi: ./` with `name:` and then `version:` below it.
fn pixi_versions(text: &str, project: &str) -> Vec<String> {
    let name = format!("name: {project}");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let own = lines.iter().zip(1..).filter(|(line, _)| **line == name);
    let versions = own.map(|(_, next)| {
        lines.get(next).and_then(|line| line.strip_prefix("version: ")).unwrap_or_default()
    });
    versions.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: &str = "[project]\nname = 'My.Lib'\nversion = '1.2.3'\n";

    /// The lock files of a project in `member` with these files, which are then below `.`.
    fn locks(files: &[(&str, &str)]) -> LockFiles {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("member");
        std::fs::create_dir(&folder).unwrap();
        for (path, text) in files {
            std::fs::write(top.path().join(path), text).unwrap();
        }
        let mut found = LockFiles::find(&folder, top.path(), &PROJECT.parse().unwrap());
        let own = found.own.iter_mut().map(|lock| &mut lock.path);
        for path in own.chain(found.unreadable.iter_mut().map(|lock| &mut lock.path)) {
            *path = path.strip_prefix(top.path()).unwrap().to_owned();
        }
        found
    }

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let found = locks(files);
        assert_eq!(found.unreadable, []);
        found.own.into_iter().map(|lock| lock.path.display().to_string()).collect()
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

    #[test]
    fn a_lock_that_cannot_be_read_is_named_and_the_others_are_found() {
        let own = "[[package]]\nname = 'my-lib'\nversion = '1.2.3'\n";
        let found = locks(&[
            ("uv.lock", own),
            ("member/uv.lock", "version = 1\n<<<<<<< HEAD\n"),
            ("poetry.lock", "package = [\n"),
            ("Cargo.lock", ""),
            ("member/Cargo.toml", "\n\n[package\n"),
        ]);
        assert_eq!(found.own.len(), 1);
        let unreadable: Vec<String> = found
            .unreadable
            .iter()
            .map(|lock| format!("{} {}", lock.path.display(), lock.line.unwrap()))
            .collect();
        assert_eq!(unreadable, ["member/uv.lock 2", "member/Cargo.toml 3", "poetry.lock 1"]);
        assert!(found.unreadable.iter().all(|lock| !lock.reason.is_empty()));
    }

    #[test]
    fn the_versions_of_the_project_are_read() {
        let pixi = "packages:\n- pypi: ./\n  name: my-lib\n  version: 1.2.3\n- pypi: ../x\n  \
                    name: other\n  version: 4\n";
        let own = "[[package]]\nname = 'My_Lib'\nversion = '1.2.0'\n";
        let found = locks(&[("pixi.lock", pixi), ("uv.lock", own)]);
        let versions: Vec<&str> =
            found.own.iter().flat_map(|lock| &lock.versions).map(|v| &**v).collect();
        assert_eq!(versions, ["1.2.0", "1.2.3"]);
        let without = locks(&[("pixi.lock", "- pypi: ./\n  name: my-lib\n  sha256: a\n")]);
        assert_eq!(without.own[0].versions, [""]);
    }

    #[test]
    fn a_lock_that_is_no_text_is_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("uv.lock"), [0xff, 0xfe]).unwrap();
        let found = LockFiles::find(folder.path(), folder.path(), &PROJECT.parse().unwrap());
        assert_eq!((found.own.len(), found.unreadable[0].line), (0, None));
    }
}
