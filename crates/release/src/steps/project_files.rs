//! The files in which a project states its version, and its changelog.

use std::path::{Path, PathBuf};

use git::Repository;
use python_project::{
    VersionPattern, VersionValues, changelog, generate_version_file, update_version_file,
};

use crate::{
    ProjectPackage, context::ReleaseContext, project::without_current, step_error::ReleaseStepError,
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
        changed.extend(write_version_places(context, package, &root)?);
        changed.extend(write_version_files(context, package, &root).await?);
        changed.extend(refresh_lock(context, package, &root).await?);
    }
    changed.extend(write_changelog(context, &root).await?);
    let in_repository = |path: PathBuf| without_current(&context.project.prefix.join(path));
    let mut changed: Vec<PathBuf> = changed.into_iter().map(in_repository).collect();
    if let Some(package) = &context.project.package {
        changed.extend(refresh_found_locks(context, package, tree.root()).await?);
    }
    refuse_other_changes(tree, &changed).await?;
    Ok(changed)
}

/// Refreshes the lock files that hold the package's own version, with the programs that
/// made them.
async fn refresh_found_locks(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    top: &Path,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let mut refreshed = Vec::new();
    for lock in &package.locks {
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

/// Writes the places that are found without configuration.
fn write_version_places(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    root: &Path,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let folder = root.join(&package.settings.directory);
    let mut changed = Vec::new();
    for place in package.version_place.iter().chain(&package.module_versions) {
        let (pep440, semver) = (context.pep440(), context.version.to_string());
        let text = place.replace(&folder, &pep440, &semver)?;
        write(&folder.join(&place.path), &text)?;
        changed.push(package.path_of(place));
    }
    Ok(changed)
}

async fn write_version_files(
    context: &ReleaseContext<'_>,
    package: &ProjectPackage,
    root: &Path,
) -> Result<Vec<PathBuf>, ReleaseStepError> {
    let version = context.pep440();
    let base = context.project.repository.short_id(&context.base).await?;
    let values = VersionValues { version: &version, commit: &base, describe: &context.tag };
    let mut changed = Vec::new();
    for file in &package.settings.version_files {
        let path = root.join(file.path());
        match file.pattern() {
            Some(pattern) => {
                let pattern = VersionPattern::new(pattern)?;
                edit(&path, |text| Ok(pattern.replace(text, &version)?))?;
            }
            None if path.exists() => edit(&path, |text| Ok(update_version_file(text, values)?))?,
            None => write(&path, &generate_version_file(values))?,
        }
        changed.push(file.path().to_owned());
    }
    Ok(changed)
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

/// Turns what was written under `Unreleased` into the version's section, or writes
/// the section from commit messages when that is configured.
async fn write_changelog(
    context: &ReleaseContext<'_>,
    root: &Path,
) -> Result<Option<PathBuf>, ReleaseStepError> {
    let settings = &context.project.configuration.changelog;
    let path = root.join(&settings.file);
    if !path.exists() && !settings.generate {
        return Ok(None);
    }
    let mut text = if path.exists() { read(&path)? } else { "# Changelog\n".to_owned() };
    let version = context.version.to_string();
    if settings.generate {
        text = changelog::insert_unreleased(&text, &version, &generated_notes(context).await?);
    }
    let date = context.started_at.strftime("%Y-%m-%d").to_string();
    match changelog::release(&text, &version, &date, &context.tag) {
        Ok(released) => write(&path, &released)?,
        // Preflight let it pass: the project does not require a section.
        Err(_) if settings.required == Some(false) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    Ok(Some(settings.file.clone()))
}

/// Notes from the messages of the commits since the newest release.
async fn generated_notes(context: &ReleaseContext<'_>) -> Result<String, ReleaseStepError> {
    let repository = &context.project.repository;
    let tags = repository.tags().list("*").await?;
    let released = context.project.release_tags(tags.iter().map(|tag| tag.name.clone()));
    let newest = released.names.last_key_value().map(|(_, name)| name);
    let newest = tags.iter().find(|tag| Some(&tag.name) == newest).map(|tag| &tag.commit);
    let commits = repository.log(newest, &context.base).await?;
    let texts: Vec<(String, String)> = commits
        .iter()
        .map(|commit| {
            let short = commit.id.as_str().chars().take(7).collect();
            (format!("{}\n\n{}", commit.subject, commit.body), short)
        })
        .collect();
    let messages = texts.iter().map(|(text, commit)| changelog::CommitMessage { text, commit });
    Ok(changelog::generate(messages).markdown)
}

fn edit(
    path: &Path,
    change: impl FnOnce(&str) -> Result<String, ReleaseStepError>,
) -> Result<(), ReleaseStepError> {
    write(path, &change(&read(path)?)?)
}

fn read(path: &Path) -> Result<String, ReleaseStepError> {
    std::fs::read_to_string(path).map_err(ReleaseStepError::io("read", path))
}

fn write(path: &Path, text: &str) -> Result<(), ReleaseStepError> {
    std::fs::write(path, text).map_err(ReleaseStepError::io("write", path))
}
