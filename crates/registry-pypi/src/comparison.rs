//! Comparing one release at several indexes.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr as _,
};

use pep440_rs::Version;
use serde::Serialize;

use crate::{IndexError, IndexFile, IndexReader};

/// The files of a release at one index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRelease {
    /// Name of the index.
    pub index: String,
    /// The files that it lists.
    pub files: Vec<IndexFile>,
}

impl IndexRelease {
    /// Reads what an index lists of a release.
    ///
    /// # Errors
    /// As [`IndexReader::listing`].
    pub async fn read(
        reader: &IndexReader,
        project: &str,
        version: &str,
    ) -> Result<Self, IndexError> {
        let listing = reader.listing(project).await?;
        let files = match Version::from_str(version) {
            Ok(version) => listing.files_of(&version).into_iter().cloned().collect(),
            Err(_) => Vec::new(),
        };
        Ok(Self { index: reader.name().to_owned(), files })
    }
}

/// How indexes differ in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Difference {
    /// Some indexes have the file, others do not.
    Missing {
        /// File name.
        file: String,
        /// Indexes that have it.
        at: Vec<String>,
        /// Indexes that do not.
        not_at: Vec<String>,
    },
    /// The indexes have different values: content, Python versions, yanked.
    Other {
        /// File name.
        file: String,
        /// What differs: `sha256`, `requires-python` or `yanked`.
        what: &'static str,
        /// Index and value.
        values: BTreeMap<String, String>,
    },
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Comparison {
    /// Files that are the same at all indexes.
    pub agreeing: Vec<String>,
    /// Everything else.
    pub differences: Vec<Difference>,
}

/// Compares one release as several indexes list it. A value that an index does
/// not list agrees with every other value.
#[must_use]
pub fn compare_releases(releases: &[IndexRelease]) -> Comparison {
    let files = releases.iter().flat_map(|release| &release.files);
    let names: BTreeSet<&str> = files.map(|file| file.file_name.as_str()).collect();
    let mut comparison = Comparison::default();
    for name in names {
        let differences = file_differences(name, releases);
        if differences.is_empty() {
            comparison.agreeing.push(name.to_owned());
        }
        comparison.differences.extend(differences);
    }
    comparison
}

fn file_differences(name: &str, releases: &[IndexRelease]) -> Vec<Difference> {
    let mut present: Vec<(&str, &IndexFile)> = Vec::new();
    let mut not_at: Vec<String> = Vec::new();
    for release in releases {
        match release.files.iter().find(|file| file.file_name == name) {
            Some(file) => present.push((&release.index, file)),
            None => not_at.push(release.index.clone()),
        }
    }
    let missing = (!not_at.is_empty()).then(|| {
        let at = present.iter().map(|(index, _)| (*index).to_owned()).collect();
        Difference::Missing { file: name.to_owned(), at, not_at }
    });
    let values = [
        value_difference(name, "sha256", &present, |file| file.sha256.clone()),
        value_difference(name, "requires-python", &present, |file| file.requires_python.clone()),
        value_difference(name, "yanked", &present, |file| Some(file.is_yanked().to_string())),
    ];
    missing.into_iter().chain(values.into_iter().flatten()).collect()
}

fn value_difference(
    name: &str,
    what: &'static str,
    present: &[(&str, &IndexFile)],
    value: impl Fn(&IndexFile) -> Option<String>,
) -> Option<Difference> {
    let values: BTreeMap<String, String> = present
        .iter()
        .filter_map(|(index, file)| Some(((*index).to_owned(), value(file)?)))
        .collect();
    let distinct: BTreeSet<&String> = values.values().collect();
    (distinct.len() > 1).then(|| Difference::Other { file: name.to_owned(), what, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(index: &str, sha256: Option<&str>, yanked: bool) -> IndexRelease {
        let mut file = IndexFile::sample("x-1.tar.gz");
        file.sha256 = sha256.map(str::to_owned);
        file.yanked = yanked.then(String::new);
        IndexRelease { index: index.to_owned(), files: vec![file] }
    }

    #[test]
    fn indexes_that_serve_the_same_agree_and_silence_agrees_with_all() {
        let releases = [
            release("a", Some("ab"), false),
            release("b", None, false),
            release("c", Some("ab"), false),
        ];
        let comparison = compare_releases(&releases);
        assert_eq!((comparison.agreeing.len(), comparison.differences.len()), (1, 0));
    }

    #[test]
    fn other_bytes_a_missing_file_and_a_yank_are_separate_differences() {
        let mut empty = release("c", None, false);
        empty.files.clear();
        let releases = [release("a", Some("ab"), false), release("b", Some("cd"), true), empty];
        let comparison = compare_releases(&releases);
        assert_eq!(comparison.differences.len(), 3);
        assert!(
            matches!(&comparison.differences[0], Difference::Missing { not_at, .. } if not_at == &["c"])
        );
    }
}
