use std::{
    fs,
    path::{Path, PathBuf},
};

use super::ignore::IgnoreRules;
use crate::EngineError;

/// A file, folder or link to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Path within the context, with `/`.
    pub(super) path: String,
    pub(super) source: PathBuf,
}

/// All members that the rules do not leave out, sorted by path, so that the
/// same files always make the same archive. Sockets are left out as Docker
/// leaves them out.
pub(super) fn members(context: &Path, rules: &IgnoreRules) -> Result<Vec<Member>, EngineError> {
    let mut members = Vec::new();
    collect(context, "", rules, &mut members)?;
    Ok(members)
}

fn collect(
    folder: &Path,
    prefix: &str,
    rules: &IgnoreRules,
    members: &mut Vec<Member>,
) -> Result<(), EngineError> {
    for source in sorted_entries(folder)? {
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let path = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}/{name}") };
        let kind = fs::symlink_metadata(&source).map_err(unreadable(&source))?.file_type();
        let left_out = rules.leaves_out(&path);
        if kind.is_dir() && (!left_out || rules.may_bring_back_below(&path)) {
            collect_folder(source, path, left_out, rules, members)?;
        } else if !left_out && (kind.is_file() || kind.is_symlink()) {
            members.push(Member { path, source });
        }
    }
    Ok(())
}

/// A folder that is left out comes with what comes back below it.
fn collect_folder(
    source: PathBuf,
    path: String,
    left_out: bool,
    rules: &IgnoreRules,
    members: &mut Vec<Member>,
) -> Result<(), EngineError> {
    members.push(Member { path: path.clone(), source: source.clone() });
    let before = members.len();
    collect(&source, &path, rules, members)?;
    if left_out && members.len() == before {
        members.pop();
    }
    Ok(())
}

fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let entries = fs::read_dir(folder).map_err(unreadable(folder))?;
    let paths: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(unreadable(folder))?;
    paths.sort();
    Ok(paths)
}

pub(super) fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> EngineError {
    let file = path.to_owned();
    move |source| EngineError::BuildFileUnreadable { file, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str], ignore: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::write(folder.path().join(".dockerignore"), ignore).unwrap();
        let rules = IgnoreRules::find(folder.path(), &folder.path().join("Dockerfile")).unwrap();
        let members = members(folder.path(), &rules).unwrap();
        members.into_iter().map(|member| member.path).collect()
    }

    #[test]
    fn members_come_in_order_and_folders_before_their_files() {
        let names = names(&["b", "a/z", "a/b/c"], "");
        assert_eq!(names, [".dockerignore", "a", "a/b", "a/b/c", "a/z", "b"]);
    }

    #[test]
    fn a_folder_left_out_comes_only_with_what_comes_back() {
        let files = ["keep/a", "keep/b", "drop/c", "docs/x/y/README.md"];
        let names = names(&files, "keep\ndrop\ndocs\n.dockerignore\n!keep/b\n!**/README.md");
        assert_eq!(names, ["docs", "docs/x", "docs/x/y", "docs/x/y/README.md", "keep", "keep/b"]);
    }
}
