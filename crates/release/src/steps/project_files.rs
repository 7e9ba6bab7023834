//! The files in which a project states its version, and its changelog.

use std::path::{Path, PathBuf};

use git::Repository;

use super::changelog_section::write_changelog;
use crate::{
    ProjectPackage, context::ReleaseContext, relative_path::without_current,
    step_error::ReleaseStepError, version_texts::VersionTexts,
};

/// Writes the version wherever the project states it. Returns the files that
/// changed, relative to the repository's top folder.
pub(super) async fn write_version(
    context: &ReleaseContext<'_>,
    tree: &Repository,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let root = tree.root().join(&context.project.prefix);
    let mut changed = Vec::new();
    if let Some(package) = &context.project.package {
        changed.extend(write_version_files(context, package, &root).await?);
        changed.extend(refresh_lock(context, package, &root).await?);
    }
    let in_repository = |path: PathBuf| without_current(&context.project.prefix.join(path));
    let mut changed: Vec<PathBuf> = changed.into_iter().map(in_repository).collect();
    if let Some(package) = &context.project.package {
        changed.extend(refresh_found_locks(context, package, tree.root()).await?);
    }
    changed.extend(write_changelog(context, tree).await?);
    refuse_other_changes(tree, &changed).await?;
    Ok(changed)
}

/// Writes the places that are found without configuration, then the configured files. Gives
/// those that had another version.
async fn write_version_files(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    root: &Path,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let commit = context.project.repository.short_id(&context.base).await?;
    let (version, tag) = (context.version, context.tag.as_str());
    let texts = VersionTexts { package, root, version, tag, commit: &commit };
    let mut changed = Vec::new();
    for place in texts.places() {
        let path = package.path_of(place);
        if change(&root.join(&path), &texts.of_place(place)?)? {
            changed.push(path);
        }
    }
    for file in &package.settings.version_files {
        if change(&root.join(file.path()), &texts.of_file(file)?)? {
            changed.push(file.path().to_owned());
        }
    }
    Ok(changed)
}

/// Refreshes the lock files that hold another version of the package, with the programs that
/// made them.
async fn refresh_found_locks(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    top: &Path,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let mut refreshed = Vec::new();
    for lock in package.stale_locks(context.version) {
        let folder = lock.path.parent().map_or(top.to_owned(), |folder| top.join(folder));
        let argv: Vec<String> = lock.command.iter().map(|&word| word.to_owned()).collect();
        let summary = format!("refresh {}", lock.path.display());
        context.command(&argv, &folder)?.summary(summary).output().await?;
        refreshed.push(lock.path.clone());
    }
    Ok(refreshed)
}

/// What a lock command changes elsewhere would be dropped silently.
async fn refuse_other_changes(
    tree: &Repository,
    changed: &[PathBuf],
) -> Result<(), ReleaseStepError> {
    let status = tree.status().await?;
    let paths = status.changes.iter().map(|change| change.path.as_str());
    let others: Vec<&str> =
        paths.filter(|path| !changed.iter().any(|file| file == Path::new(path))).collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(ReleaseStepError::failed(format!(
        "the lock command also changed {}; add what belongs to the release to package.lock-files",
        others.join(", ")
    )))
}

async fn refresh_lock(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    root: &Path,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let Some(lock) = &package.settings.lock else { return Ok(Vec::new()) };
    let directory = &package.settings.directory;
    let command = context.command(lock.argv(), &root.join(directory))?;
    command.summary("refresh the lock file").output().await?;
    let files = package.settings.lock_files.iter().map(|file| directory.join(file));
    Ok(files.filter(|file| root.join(file).exists()).collect())
}

/// Writes a file; whether it had another text.
fn change(path: &Path, text: &str) -> Result<bool, ReleaseStepError> {
    if std::fs::read(path).is_ok_and(|current| current == text.as_bytes()) {
        return Ok(false);
    }
    std::fs::write(path, text).map_err(ReleaseStepError::io("write", path))?;
    Ok(true)
}
