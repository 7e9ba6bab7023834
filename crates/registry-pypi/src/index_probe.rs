//! Whether an index already has the files to publish, by content.

use pep440_rs::Version;
use probe::{Never, Probe};
use serde::Serialize;

use crate::{ExpectedFile, IndexError, IndexFile, IndexReader, Listing, Release};

/// Whether an index has one file. `Diverged` carries the SHA-256 of the other
/// content that has its name.
pub type FileProbe = Probe<(), Never, String, FileUnknown>;

/// Why it is unknown whether an index has a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileUnknown {
    /// The index lists the file without a digest and does not serve it.
    NotServed,
    /// The expected digest is not known.
    NoExpectedDigest {
        /// SHA-256 of the file that the index has.
        actual: String,
    },
}

/// The state of one file at an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileState {
    /// File name.
    pub file_name: String,
    /// Whether the index has it.
    pub probe: FileProbe,
}

/// The state of a set of files at an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexState {
    /// Each expected file, in the given order.
    pub files: Vec<FileState>,
    /// Further files that the index lists for the same versions.
    pub others: Vec<String>,
}

impl IndexState {
    /// Whether the index has this file with the content expected.
    #[must_use]
    pub fn has_identical(&self, file_name: &str) -> bool {
        self.files.iter().any(|file| file.file_name == file_name && file.probe.is_identical())
    }
}

/// Whether an index has a set of files. One file that differs makes the set
/// `Diverged`, else one unknown file makes it `Unknown`.
pub type IndexProbe = Probe<IndexState, IndexState, IndexState, IndexProbeError>;

/// Why it is unknown whether an index has a set of files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexProbeError {
    /// The index could not be queried.
    #[error(transparent)]
    Query(#[from] IndexError),
    /// Some files could not be compared, and none of the others differs.
    #[error("cannot compare {}", unknown_files(.0).join(", "))]
    Files(IndexState),
}

fn unknown_files(state: &IndexState) -> Vec<&str> {
    let unknown = state.files.iter().filter(|file| matches!(file.probe, Probe::Unknown(_)));
    unknown.map(|file| file.file_name.as_str()).collect()
}

impl IndexReader {
    /// Compares files with the index by SHA-256. A file without a listed
    /// digest is downloaded and hashed. A file that the simple page lacks is
    /// searched in the JSON API, too, which shows it earlier.
    pub async fn probe(&self, project: &str, expected: &[ExpectedFile]) -> IndexProbe {
        match self.index_state(project, expected).await {
            Ok(state) => evaluate_state(state),
            Err(error) => Probe::Unknown(error.into()),
        }
    }

    async fn index_state(
        &self,
        project: &str,
        expected: &[ExpectedFile],
    ) -> Result<IndexState, IndexError> {
        let listing = self.listing(project).await?;
        let mut files = Vec::with_capacity(expected.len());
        for file in expected {
            let mut probe = self.probe_listed(&listing, file).await?;
            if probe == Probe::Absent {
                probe = self.probe_recorded(project, file).await?;
            }
            files.push(FileState { file_name: file.file_name.clone(), probe });
        }
        Ok(IndexState { files, others: other_files(&listing, expected) })
    }

    async fn probe_listed(
        &self,
        listing: &Listing,
        expected: &ExpectedFile,
    ) -> Result<FileProbe, IndexError> {
        let Some(file) = listing.file(&expected.file_name) else { return Ok(Probe::Absent) };
        if let Some(probe) = compare_listed(expected, file) {
            return Ok(probe);
        }
        Ok(match self.download(&file.url).await? {
            Some(downloaded) => compare_digest(expected, &downloaded.sha256),
            None => Probe::Unknown(FileUnknown::NotServed),
        })
    }

    async fn probe_recorded(
        &self,
        project: &str,
        expected: &ExpectedFile,
    ) -> Result<FileProbe, IndexError> {
        let Some(version) = expected.version() else { return Ok(Probe::Absent) };
        let release = self.release(project, &version.to_string()).await?;
        Ok(release.map_or(Probe::Absent, |release| compare_recorded(expected, &release)))
    }
}

/// The state of a set: one file that differs outweighs all others.
fn evaluate_state(state: IndexState) -> IndexProbe {
    let probes: Vec<&FileProbe> = state.files.iter().map(|file| &file.probe).collect();
    if probes.iter().any(|probe| matches!(probe, Probe::Diverged(_))) {
        Probe::Diverged(state)
    } else if probes.iter().any(|probe| matches!(probe, Probe::Unknown(_))) {
        Probe::Unknown(IndexProbeError::Files(state))
    } else if probes.iter().all(|probe| matches!(probe, Probe::Absent)) {
        Probe::Absent
    } else if probes.iter().all(|probe| probe.is_identical()) {
        Probe::Identical(state)
    } else {
        Probe::Partial(state)
    }
}

/// Compares by the listed digest; `None` when only a download can decide.
fn compare_listed(expected: &ExpectedFile, file: &IndexFile) -> Option<FileProbe> {
    file.sha256.as_deref().map(|sha256| compare_digest(expected, sha256))
}

fn compare_recorded(expected: &ExpectedFile, release: &Release) -> FileProbe {
    let recorded = release.files.iter().find(|file| file.file_name == expected.file_name);
    match recorded.and_then(|file| file.sha256.as_deref()) {
        Some(sha256) => compare_digest(expected, sha256),
        None => Probe::Absent,
    }
}

fn compare_digest(expected: &ExpectedFile, actual: &str) -> FileProbe {
    let actual = actual.to_owned();
    match &expected.sha256 {
        None => Probe::Unknown(FileUnknown::NoExpectedDigest { actual }),
        Some(sha256) if sha256.eq_ignore_ascii_case(&actual) => Probe::Identical(()),
        Some(_) => Probe::Diverged(actual),
    }
}

/// Files of the same versions that are not expected.
fn other_files(listing: &Listing, expected: &[ExpectedFile]) -> Vec<String> {
    let versions: Vec<Version> = expected.iter().filter_map(ExpectedFile::version).collect();
    let files = listing.files.iter().filter(|file| {
        file.version().is_some_and(|version| versions.contains(version))
            && !expected.iter().any(|expected| expected.file_name == file.file_name)
    });
    files.map(|file| file.file_name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(probes: &[FileProbe]) -> IndexState {
        let files =
            probes.iter().map(|probe| FileState { file_name: "x".into(), probe: probe.clone() });
        IndexState { files: files.collect(), others: Vec::new() }
    }

    #[test]
    fn one_file_that_differs_outweighs_all_and_a_mixture_is_partial() {
        let (identical, absent) = (Probe::Identical(()), Probe::Absent);
        let (unknown, diverged) =
            (Probe::Unknown(FileUnknown::NotServed), Probe::Diverged("ab".to_owned()));
        for (probes, expected) in [
            (vec![identical.clone(), identical.clone()], "identical"),
            (vec![absent.clone(), absent.clone()], "absent"),
            (vec![identical.clone(), absent.clone()], "partial"),
            (vec![identical, absent, unknown.clone()], "unknown"),
            (vec![unknown, diverged], "diverged"),
        ] {
            let variant = match evaluate_state(state(&probes)) {
                Probe::Absent => "absent",
                Probe::Identical(_) => "identical",
                Probe::Partial(_) => "partial",
                Probe::Diverged(_) => "diverged",
                Probe::Unknown(_) => "unknown",
            };
            assert_eq!(variant, expected, "{probes:?}");
        }
    }

    #[test]
    fn without_a_listed_or_an_expected_digest_nothing_is_decided() {
        let mut file = IndexFile::sample("x-1.tar.gz");
        let mut expected = ExpectedFile::from(&file);
        expected.sha256 = Some("AB".into());
        assert_eq!(compare_listed(&expected, &file), None);
        file.sha256 = Some("ab".into());
        assert_eq!(compare_listed(&expected, &file), Some(Probe::Identical(())));
        file.sha256 = Some("cd".into());
        assert_eq!(compare_listed(&expected, &file), Some(Probe::Diverged("cd".into())));
        expected.sha256 = None;
        let unknown = FileUnknown::NoExpectedDigest { actual: "cd".into() };
        assert_eq!(compare_listed(&expected, &file), Some(Probe::Unknown(unknown)));
    }

    #[test]
    fn files_that_cannot_be_compared_are_named() {
        let state = state(&[Probe::Identical(()), Probe::Unknown(FileUnknown::NotServed)]);
        assert_eq!(IndexProbeError::Files(state).to_string(), "cannot compare x");
    }
}
