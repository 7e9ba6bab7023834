use std::path::{Component, Path, PathBuf};

use git::GitError;
use release_plan::PathState;

use crate::Project;

/// Whether the checkouts of a release have these files and folders, whose paths are
/// relative to the project.
pub(super) async fn path_states(
    project: &Project,
    paths: &[PathBuf],
) -> Result<Vec<PathState>, GitError> {
    let head = project.repository.head().await?;
    let places: Vec<Place> = paths.iter().map(|path| Place::new(project, path)).collect();
    let inside: Vec<&str> = places.iter().filter_map(Place::path_inside).collect();
    let committed = project.repository.files_in(&head, &inside).await?;
    let others: Vec<&str> =
        inside.into_iter().filter(|path| !committed.iter().any(|file| file == path)).collect();
    let ignored = project.repository.ignored(&others).await?;
    let contains = |list: &[String], path: &str| list.iter().any(|file| file == path);
    let state = |place: &Place| match place {
        Place::Outside(state) => *state,
        Place::Inside { from_top, .. } if contains(&committed, from_top) => PathState::Committed,
        Place::Inside { from_top, exists } => match (contains(&ignored, from_top), exists) {
            (true, true) => PathState::Ignored,
            (true, false) => PathState::IgnoredAndMissing,
            (false, true) => PathState::Uncommitted,
            (false, false) => PathState::Missing,
        },
    };
    Ok(places.iter().map(state).collect())
}

/// Where a path leads.
enum Place {
    /// Out of what this repository itself versions.
    Outside(PathState),
    /// Into the repository.
    Inside { from_top: String, exists: bool },
}

impl Place {
    fn new(project: &Project, path: &Path) -> Self {
        let exists = project.root.join(path).exists();
        let state = |usual| if exists { usual } else { PathState::Missing };
        if path.is_absolute() {
            return Self::Outside(state(PathState::Committed));
        }
        let Some(from_top) = normalized(&project.prefix.join(path)) else {
            // Beside the repository: no checkout has it.
            return Self::Outside(state(PathState::Uncommitted));
        };
        // Checkouts have the top folder, and submodules.
        let top = project.repository.root();
        if from_top.as_os_str().is_empty() || is_in_submodule(top, &from_top) {
            return Self::Outside(state(PathState::Committed));
        }
        Self::Inside { from_top: from_top.to_string_lossy().into_owned(), exists }
    }

    fn path_inside(&self) -> Option<&str> {
        match self {
            Self::Outside(_) => None,
            Self::Inside { from_top, .. } => Some(from_top),
        }
    }
}

/// The path without `.` and `..`; `None` when it leads out of its start.
pub(super) fn normalized(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            part => normal.push(part),
        }
    }
    Some(normal)
}

fn is_in_submodule(top: &Path, from_top: &Path) -> bool {
    let folders = from_top.ancestors().skip(1).take_while(|folder| !folder.as_os_str().is_empty());
    folders.into_iter().any(|folder| top.join(folder).join(".git").exists())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_scene::TestScene;

    #[test]
    fn paths_are_normalised_without_looking_at_the_disk() {
        let plain = |text: &str| normalized(Path::new(text));
        assert_eq!(plain("./a/../b/./c"), Some("b/c".into()));
        assert_eq!(plain("."), Some("".into()));
        assert_eq!(plain("../a"), None);
    }

    #[tokio::test]
    async fn what_is_committed_ignored_and_missing_is_distinguished() {
        let scene = TestScene::new().await;
        let root = scene.root();
        std::fs::write(root.join(".gitignore"), "made/\n").unwrap();
        std::fs::create_dir(root.join("made")).unwrap();
        std::fs::write(root.join("made/a"), "").unwrap();
        std::fs::write(root.join("new"), "").unwrap();
        let paths =
            ["pyproject.toml", "./x/../pyproject.toml", "made/a", "made/b", "new", "absent"];
        let mut paths = paths.map(PathBuf::from).to_vec();
        paths.extend([PathBuf::from("."), PathBuf::from("../x"), root.join("new")]);
        let states = path_states(&scene.project, &paths).await.unwrap();
        use PathState::{Committed, Ignored, IgnoredAndMissing, Missing, Uncommitted};
        let expected = [
            Committed,
            Committed,
            Ignored,
            IgnoredAndMissing,
            Uncommitted,
            Missing,
            Committed,
            Missing,
            Committed,
        ];
        assert_eq!(states, expected);
    }
}
