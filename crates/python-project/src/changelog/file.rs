use std::path::{Path, PathBuf};

/// Names of changelogs, in lower case and without ending.
const NAMES: [&str; 8] = [
    "changelog",
    "changes",
    "history",
    "news",
    "change_log",
    "release_notes",
    "release-notes",
    "releases",
];

const ENDINGS: [&str; 5] = ["", "md", "markdown", "rst", "txt"];

/// Folders of documentation that may have the changelog.
const FOLDERS: [&str; 8] =
    ["docs", "doc", "docs/source", "doc/source", "docs/src", "doc/en", "docs/en", "docs/about"];

/// Files of a project that may be its changelog, by their names: those in its own folder,
/// and those in folders of documentation, with paths relative to the project.
#[must_use]
pub fn candidate_files(project: &Path) -> [Vec<PathBuf>; 2] {
    let documentation = FOLDERS.iter().flat_map(|folder| candidates_in(project, folder));
    [candidates_in(project, ""), documentation.collect()]
}

fn candidates_in(project: &Path, folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = project.join(folder).read_dir() else { return Vec::new() };
    let names = entries.flatten().filter(|entry| entry.path().is_file());
    let paths = names.map(|entry| Path::new(folder).join(entry.file_name()));
    let mut candidates: Vec<PathBuf> = paths.filter(|path| is_candidate(path)).collect();
    candidates.sort();
    candidates
}

fn is_candidate(path: &Path) -> bool {
    let part = |part: Option<&std::ffi::OsStr>| {
        part.and_then(|part| part.to_str()).unwrap_or_default().to_lowercase()
    };
    let (stem, ending) = (part(path.file_stem()), part(path.extension()));
    NAMES.contains(&stem.as_str()) && ENDINGS.contains(&ending.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_the_names_that_projects_use() {
        let project = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(project.path().join("docs/source")).unwrap();
        for file in
            ["CHANGES.rst", "NEWS", "README.md", "changelog.py", "docs/source/changelog.rst"]
        {
            std::fs::write(project.path().join(file), "").unwrap();
        }
        let [own, documentation] = candidate_files(project.path());
        assert_eq!(own, ["CHANGES.rst", "NEWS"].map(PathBuf::from));
        assert_eq!(documentation, ["docs/source/changelog.rst"].map(PathBuf::from));
    }
}
