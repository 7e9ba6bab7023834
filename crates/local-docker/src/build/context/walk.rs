use std::{
    fs,
    path::{Path, PathBuf},
};

use super::ignore::IgnoreRules;
use crate::error::EngineError;

/// A file, folder or link to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Path within the context, with `/`.
    pub(super) path: String,
    pub(super) source: PathBuf,
}

/// All members that the rules do not exclude, sorted by path, so that the same
/// files always make the same archive. Sockets are left out, as Docker does.
pub(super) fn list_members(
    context: &Path,
    rules: &IgnoreRules,
) -> Result<Vec<Member>, EngineError> {
    let mut members = Vec::new();
    collect_entries(context, "", rules, &mut members)?;
    Ok(members)
}

fn collect_entries(
    folder: &Path,
    prefix: &str,
    rules: &IgnoreRules,
    members: &mut Vec<Member>,
) -> Result<(), EngineError> {
    for source in sorted_entries(folder)? {
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let path = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}/{name}") };
        let kind = fs::symlink_metadata(&source).map_err(file_unreadable(&source))?.file_type();
        let excluded = rules.excludes(&path);
        if kind.is_dir() && (!excluded || rules.may_include_below(&path)) {
            collect_folder(source, path, excluded, rules, members)?;
        } else if !excluded && (kind.is_file() || kind.is_symlink()) {
            members.push(Member { path, source });
        }
    }
    Ok(())
}

/// An excluded folder is sent if something below it is included.
fn collect_folder(
    source: PathBuf,
    path: String,
    excluded: bool,
    rules: &IgnoreRules,
    members: &mut Vec<Member>,
) -> Result<(), EngineError> {
    members.push(Member { path: path.clone(), source: source.clone() });
    let before = members.len();
    collect_entries(&source, &path, rules, members)?;
    if excluded && members.len() == before {
        members.pop();
    }
    Ok(())
}

fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let entries = fs::read_dir(folder).map_err(file_unreadable(folder))?;
    let paths: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(file_unreadable(folder))?;
    paths.sort();
    Ok(paths)
}

pub(super) fn file_unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> EngineError {
    let file = path.to_owned();
    move |source| EngineError::BuildFileUnreadable { file, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_names(files: &[&str], ignore: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::write(folder.path().join(".dockerignore"), ignore).unwrap();
        let rules =
            IgnoreRules::for_dockerfile(folder.path(), &folder.path().join("Dockerfile")).unwrap();
        let members = list_members(folder.path(), &rules).unwrap();
        members.into_iter().map(|member| member.path).collect()
    }

    #[test]
    fn members_come_in_order_and_folders_before_their_files() {
        let names = sent_names(&["b", "a/z", "a/b/c"], "");
        assert_eq!(names, [".dockerignore", "a", "a/b", "a/b/c", "a/z", "b"]);
    }

    #[test]
    fn an_excluded_folder_is_sent_only_with_what_is_included_again() {
        let files = ["keep/a", "keep/b", "drop/c", "docs/x/y/README.md"];
        let names = sent_names(&files, "keep\ndrop\ndocs\n.dockerignore\n!keep/b\n!**/README.md");
        assert_eq!(names, ["docs", "docs/x", "docs/x/y", "docs/x/y/README.md", "keep", "keep/b"]);
    }
}
