use std::path::{Path, PathBuf};

use git::GitError;
use release_plan::Observed;
use release_version::ReleaseVersion;

use crate::{
    Project, ProjectPackage, relative_path::without_current, step_error::ReleaseStepError,
    version_texts::VersionTexts,
};

/// The files that the release of a version leaves as they are, although it may change them:
/// those that have the version already, and configured ones that do not exist.
pub(super) async fn untouched_files(
    project: &Project,
    observed: &Observed,
    version: ReleaseVersion,
) -> Result<Vec<PathBuf>, GitError> {
    let Some(package) = &project.package else { return Ok(Vec::new()) };
    let head = project.repository.head().await?;
    let commit = project.repository.short_id(&head).await?;
    let (tag, root) = (observed.git.tags.name_of(&version), project.root.as_path());
    let texts = VersionTexts { package, root, version, tag: &tag, commit: &commit };
    let mut untouched = unchanged_by(&texts);
    let stale: Vec<&PathBuf> = package.stale_locks(version).map(|lock| &lock.path).collect();
    let locks = package.locks.iter().map(|lock| &lock.path);
    untouched.extend(locks.filter(|path| !stale.contains(path)).cloned());
    untouched.extend(missing_lock_files(package, root));
    Ok(untouched)
}

/// A file that cannot be read, or not be changed, is found elsewhere.
fn unchanged_by(texts: &VersionTexts<'_>) -> Vec<PathBuf> {
    let package = texts.package;
    let places = texts.places().map(|place| (package.path_of(place), texts.of_place(place)));
    let files = package.settings.version_files.iter();
    let files = files.map(|file| (file.path().to_owned(), texts.of_file(file)));
    let is_same = |path: &Path, text: Result<String, ReleaseStepError>| {
        let current = std::fs::read_to_string(texts.root.join(path));
        matches!((text, current), (Ok(text), Ok(current)) if text == current)
    };
    let unchanged = places.chain(files).filter_map(|(path, text)| {
        let is_unchanged = is_same(&path, text);
        is_unchanged.then_some(path)
    });
    unchanged.collect()
}

/// Files of the lock command that the project does not have.
fn missing_lock_files(package: &ProjectPackage, root: &Path) -> Vec<PathBuf> {
    let (folder, files) = (&package.settings.directory, package.settings.lock_files.iter());
    let files = files.map(|file| without_current(&folder.join(file)));
    files.filter(|file| !root.join(file).exists()).collect()
}

#[cfg(test)]
mod tests {
    use configuration::Changelog;

    use crate::test_scene::TestScene;

    #[tokio::test]
    async fn what_has_the_version_already_is_untouched() {
        let mut scene = TestScene::new().await;
        let lock = "[[package]]\nname = \"demo-tool\"\nversion = \"0.2.0\"\n";
        let files = [
            ("pyproject.toml", "[project]\nname = \"demo-tool\"\nversion = \"0.2.0\"\n"),
            ("demo_tool.py", "__version__ = \"0.1.0\"\n"),
            ("uv.lock", lock),
        ];
        let files = files.map(|(path, text)| (path, Some(text)));
        scene.change_project(&files, Changelog::default()).await;
        let package = scene.observed().await.package.unwrap();
        let untouched: Vec<_> =
            package.untouched.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(untouched, ["pyproject.toml", "uv.lock", "poetry.lock"]);
        let older = [("uv.lock", Some(&*lock.replace("0.2.0", "0.1.0")))];
        scene.change_project(&older, Changelog::default()).await;
        let package = scene.observed().await.package.unwrap();
        assert!(!package.untouched.contains(&"uv.lock".into()), "{:?}", package.untouched);
    }
}
