//! The last release of the package on an index.

use std::{fmt, path::Path, str::FromStr as _};

use operation::error_chain;
use pep440_rs::Version;
use registry_pypi::{Distribution, FileName, IndexError, IndexFile, IndexReader};
use release_version::ReleaseVersion;

use crate::{
    context::ReleaseContext,
    package_comparison::PackageFile,
    step_error::ReleaseStepError,
    wheel_platforms::{is_same_family, lost_platforms},
};

/// What comparing the built package with the last release found.
pub(crate) enum Comparison {
    /// There is no earlier release to compare with.
    NoEarlierRelease,
    /// The last release could not be read.
    Unknown(String),
    /// What the built package lacks, if anything.
    Compared { last: String, lost: Vec<String> },
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEarlierRelease => f.write_str("no earlier release to compare with"),
            Self::Unknown(reason) => write!(f, "not compared with the last release: {reason}"),
            Self::Compared { last, lost } if lost.is_empty() => {
                write!(f, "has the files of {last}")
            }
            Self::Compared { last, lost } => write!(f, "compared with {last}, {}", lost.join("; ")),
        }
    }
}

/// Compares files with those of the last release on the index that most users install
/// from: the one that is published to last. When they are the `whole` release, machines
/// that have no wheel any more are a loss, too.
pub(crate) async fn compare_with_last_release(
    context: &ReleaseContext<'_>,
    built: &[Distribution],
    whole: bool,
) -> Comparison {
    let Some(index) = context.project.indexes().last() else {
        return Comparison::NoEarlierRelease;
    };
    match compare_at(context, index, built, whole).await {
        Ok(comparison) => comparison,
        Err(error) => Comparison::Unknown(error_chain(&error)),
    }
}

async fn compare_at(
    context: &ReleaseContext<'_>,
    index: &str,
    built: &[Distribution],
    whole: bool,
) -> Result<Comparison, ReleaseStepError> {
    let reader = context.clients.index(index)?;
    let Some(project) = built.first().map(Distribution::project) else {
        return Ok(Comparison::NoEarlierRelease);
    };
    let files = match context.project.other_listings.get(index) {
        None => reader.files(&project).await?,
        Some(Ok(other)) => other.files.clone(),
        Some(Err(reason)) => return Ok(Comparison::Unknown(reason.clone())),
    };
    let Some(last) = last_version(&files, &context.pep440()) else {
        return Ok(Comparison::NoEarlierRelease);
    };
    let deleted = deleted_since(context, &last).await?;
    let folder =
        tempfile::tempdir().map_err(ReleaseStepError::io("write into", &std::env::temp_dir()))?;
    let mut lost = Vec::new();
    if whole {
        let names = files.iter().filter_map(|file| file.parsed.as_ref());
        let names: Vec<&FileName> = names.filter(|name| name.version == last).collect();
        lost.extend(lost_platforms(&names, built));
    }
    for file in one_of_each_family(built) {
        if let Some(counterpart) = counterpart(file, &last, &files) {
            let earlier = fetch(reader, counterpart, folder.path()).await?;
            lost.extend(PackageFile::of(&earlier).lost_in(&PackageFile::of(file), &deleted));
        }
    }
    Ok(Comparison::Compared { last: last.to_string(), lost })
}

/// The newest final version below this one, or the newest of any kind. What was yanked
/// may be what was wrong.
fn last_version(files: &[IndexFile], version: &str) -> Option<Version> {
    let version = Version::from_str(version).ok()?;
    let earlier = files.iter().filter(|file| file.yanked.is_none());
    let earlier = earlier.filter_map(IndexFile::version).filter(|other| **other < version);
    let newest = earlier.max_by_key(|other| (!other.any_prerelease(), (*other).clone()));
    newest.cloned()
}

/// The sdist, and of the wheels for each kind of machine the first: they have the same
/// files, and there may be sixty of them.
fn one_of_each_family(built: &[Distribution]) -> Vec<&Distribution> {
    let mut chosen: Vec<&Distribution> = Vec::new();
    for file in built {
        let tags = &file.parsed_name().tags;
        let is_repeated = chosen.iter().any(|other| {
            let other = &other.parsed_name().tags;
            tags.as_ref().zip(other.as_ref()).is_some_and(|(a, b)| is_same_family(a, b))
        });
        if !is_repeated {
            chosen.push(file);
        }
    }
    chosen
}

/// The file of that version that corresponds: of several wheels one for the same
/// machines; the only one, if there is no choice.
fn counterpart<'f>(
    built: &Distribution,
    last: &Version,
    files: &'f [IndexFile],
) -> Option<&'f IndexFile> {
    let name = built.parsed_name();
    let is_same_kind = |file: &&IndexFile| {
        file.parsed
            .as_ref()
            .is_some_and(|parsed| parsed.kind == name.kind && parsed.version == *last)
    };
    let candidates: Vec<&IndexFile> = files.iter().filter(is_same_kind).collect();
    let same_tags = candidates
        .iter()
        .find(|file| file.parsed.as_ref().is_some_and(|parsed| parsed.tags == name.tags));
    let same_family = || {
        candidates.iter().find(|file| {
            let tags = file.parsed.as_ref().and_then(|parsed| parsed.tags.as_ref());
            tags.zip(name.tags.as_ref()).is_some_and(|(a, b)| is_same_family(a, b))
        })
    };
    let only = || candidates.first().filter(|_| candidates.len() == 1);
    same_tags.or_else(same_family).or_else(only).copied()
}

async fn fetch(
    reader: &IndexReader,
    file: &IndexFile,
    folder: &Path,
) -> Result<Distribution, ReleaseStepError> {
    let path = folder.join(&file.file_name);
    let gone = || {
        ReleaseStepError::failed(format!("{} is listed and cannot be downloaded", file.file_name))
    };
    reader.save(&file.url, &path).await?.ok_or_else(gone)?;
    let opened = tokio::task::spawn_blocking(move || Distribution::open(path)).await;
    let opened: Result<Distribution, IndexError> =
        opened.map_err(|_| ReleaseStepError::failed("interrupted while reading a file"))?;
    Ok(opened?)
}

/// Files that git had when that version was released and has no more.
async fn deleted_since(
    context: &ReleaseContext<'_>,
    last: &Version,
) -> Result<Vec<String>, ReleaseStepError> {
    let repository = context.git().discover(&context.project.root).await?;
    let names = repository.tags().list("*").await?.into_iter().map(|tag| tag.name);
    let tags = context.project.release_tags(names);
    let Some(version) = ReleaseVersion::from_pep440(&last.to_string()) else {
        return Ok(Vec::new());
    };
    match repository.tags().get(&tags.name_of(&version)).await? {
        Some(tag) => Ok(repository.deleted_files(&tag.commit, &context.commit()?.commit).await?),
        None => Ok(Vec::new()),
    }
}
