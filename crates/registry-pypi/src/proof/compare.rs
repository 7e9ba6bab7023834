//! Comparing one release at several indexes.

use std::collections::{BTreeMap, BTreeSet};

use crate::IndexFile;

/// What one index lists of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRelease {
    /// Name of the index.
    pub index: String,
    /// Its files.
    pub files: Vec<IndexFile>,
}

/// How indexes differ about one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
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
    /// The indexes have different values: bytes, range of Python, yanked.
    Other {
        /// File name.
        file: String,
        /// What differs: `sha256`, `requires-python` or `yanked`.
        what: &'static str,
        /// Index and value.
        values: BTreeMap<String, String>,
    },
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Comparison {
    /// Files about which all indexes agree.
    pub agreeing: Vec<String>,
    /// Everything else.
    pub differences: Vec<Difference>,
}

/// Compares what indexes list of one release. A value that an index does not
/// list agrees with everything.
#[must_use]
pub fn compare(releases: &[IndexRelease]) -> Comparison {
    let names: BTreeSet<&str> =
        releases.iter().flat_map(|r| &r.files).map(|file| file.file_name.as_str()).collect();
    let mut comparison = Comparison::default();
    for name in names {
        let found: Vec<(&str, Option<&IndexFile>)> = releases
            .iter()
            .map(|r| (r.index.as_str(), r.files.iter().find(|file| file.file_name == name)))
            .collect();
        let differences = differences(name, &found);
        if differences.is_empty() {
            comparison.agreeing.push(name.to_owned());
        }
        comparison.differences.extend(differences);
    }
    comparison
}

fn differences(name: &str, found: &[(&str, Option<&IndexFile>)]) -> Vec<Difference> {
    let indexes = |there: bool| {
        let some = found.iter().filter(move |(_, file)| file.is_some() == there);
        some.map(|(index, _)| (*index).to_owned()).collect::<Vec<_>>()
    };
    let (at, not_at) = (indexes(true), indexes(false));
    let missing = Difference::Missing { file: name.to_owned(), at, not_at: not_at.clone() };
    let mut differences: Vec<Difference> = Vec::new();
    if !not_at.is_empty() {
        differences.push(missing);
    }
    let present: Vec<(&str, &IndexFile)> =
        found.iter().filter_map(|(index, file)| Some((*index, (*file)?))).collect();
    let yanked = |file: &IndexFile| Some(file.is_yanked().to_string());
    differences.extend(other(name, "sha256", &present, |file| file.sha256.clone()));
    differences
        .extend(other(name, "requires-python", &present, |file| file.requires_python.clone()));
    differences.extend(other(name, "yanked", &present, yanked));
    differences
}

fn other(
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
        let file = IndexFile {
            file_name: "x-1.tar.gz".into(),
            url: "http://127.0.0.1/x".parse().unwrap(),
            sha256: sha256.map(str::to_owned),
            size: None,
            requires_python: None,
            upload_time: None,
            yanked: yanked.then(String::new),
            core_metadata: crate::CoreMetadataFile::NotServed,
            provenance: None,
            parsed: None,
        };
        IndexRelease { index: index.to_owned(), files: vec![file] }
    }

    #[test]
    fn indexes_that_serve_the_same_agree_and_silence_agrees_with_all() {
        let releases = [
            release("a", Some("ab"), false),
            release("b", None, false),
            release("c", Some("ab"), false),
        ];
        let comparison = compare(&releases);
        assert_eq!((comparison.agreeing.len(), comparison.differences.len()), (1, 0));
    }

    #[test]
    fn other_bytes_a_missing_file_and_a_yank_are_told_apart() {
        let mut empty = release("c", None, false);
        empty.files.clear();
        let comparison =
            compare(&[release("a", Some("ab"), false), release("b", Some("cd"), true), empty]);
        assert_eq!(comparison.differences.len(), 3);
        assert!(
            matches!(&comparison.differences[0], Difference::Missing { not_at, .. } if not_at == &["c"])
        );
    }
}
