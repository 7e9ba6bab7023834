//! Whether what is to be published is there already, by content.

use std::str::FromStr as _;

use pep440_rs::Version;

use crate::{FileName, IndexError, IndexReader, Listing, Release};

/// A file that an index should serve.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExpectedFile {
    /// File name.
    pub file_name: String,
    /// SHA-256 of the file, when known.
    pub sha256: Option<String>,
    /// Size in bytes, when known.
    pub size: Option<u64>,
    /// SHA-256 of the metadata beside it (PEP 658), when known.
    pub metadata_sha256: Option<String>,
}

/// How what an index has compares with what it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Nothing is there.
    Absent,
    /// The same bytes are there.
    Identical,
    /// Some of the files are there with the same bytes, and no others differ.
    Partial,
    /// Other bytes are there.
    Diverged,
    /// The index did not say.
    Unknown,
}

/// What was found of one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FilePresence {
    /// File name.
    pub file_name: String,
    /// How it compares; never `Partial`.
    pub presence: Presence,
    /// SHA-256 of what the index has, when it was learned.
    pub found_sha256: Option<String>,
}

/// What was found of a set of files.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Probe {
    /// The set as a whole.
    pub presence: Presence,
    /// Each file, in the order asked.
    pub files: Vec<FilePresence>,
    /// Files that the index has of the same releases and that were not asked for.
    pub others: Vec<String>,
    /// Why something is unknown.
    pub reason: Option<String>,
}

impl Probe {
    fn of(files: Vec<FilePresence>, others: Vec<String>) -> Self {
        Self { presence: combined(&files), files, others, reason: None }
    }

    fn unknown(expected: &[ExpectedFile], error: &IndexError) -> Self {
        let reason = Some(crate::refusal::with_sources(error));
        let files = expected.iter().map(|file| found(file, Presence::Unknown, None)).collect();
        Self { presence: Presence::Unknown, files, others: Vec::new(), reason }
    }
}

fn found(file: &ExpectedFile, presence: Presence, sha256: Option<String>) -> FilePresence {
    FilePresence { file_name: file.file_name.clone(), presence, found_sha256: sha256 }
}

/// The state of a set from that of its files: one that differs outweighs all.
fn combined(files: &[FilePresence]) -> Presence {
    let any = |presence| files.iter().any(|file| file.presence == presence);
    let all = |presence| files.iter().all(|file| file.presence == presence);
    match () {
        () if any(Presence::Diverged) => Presence::Diverged,
        () if any(Presence::Unknown) => Presence::Unknown,
        () if all(Presence::Absent) => Presence::Absent,
        () if all(Presence::Identical) => Presence::Identical,
        () => Presence::Partial,
    }
}

/// Compares by the digests that are listed; `None` when one has to be computed.
fn compare(expected: &ExpectedFile, listed: Option<Option<&str>>) -> Option<FilePresence> {
    let Some(listed) = listed else { return Some(found(expected, Presence::Absent, None)) };
    Some(judge(expected, listed?))
}

fn judge(expected: &ExpectedFile, sha256: &str) -> FilePresence {
    let presence = match &expected.sha256 {
        None => Presence::Unknown,
        Some(ours) if ours.eq_ignore_ascii_case(sha256) => Presence::Identical,
        Some(_) => Presence::Diverged,
    };
    found(expected, presence, Some(sha256.to_owned()))
}

/// Files of the same versions that nobody asked about.
fn others(listing: &Listing, expected: &[ExpectedFile]) -> Vec<String> {
    let asked = |name: &str| expected.iter().any(|file| file.file_name == name);
    let versions: Vec<Version> = expected.iter().filter_map(version_of).collect();
    let same = |version: Option<&Version>| version.is_some_and(|v| versions.contains(v));
    let files = listing.files.iter().filter(|file| same(file.version()));
    files.map(|file| file.file_name.clone()).filter(|name| !asked(name)).collect()
}

fn version_of(file: &ExpectedFile) -> Option<Version> {
    FileName::parse(&file.file_name).ok().map(|name| name.version)
}

impl IndexReader {
    /// Looks whether these files are there, by SHA-256. A file without a listed
    /// digest is downloaded and hashed. A file that the simple page lacks is
    /// looked for in the JSON API too, which shows it earlier. Never fails:
    /// what cannot be learned is [`Presence::Unknown`].
    pub async fn probe(&self, project: &str, expected: &[ExpectedFile]) -> Probe {
        let looked = self.look(project, expected).await;
        looked.unwrap_or_else(|error| Probe::unknown(expected, &error))
    }

    async fn look(&self, project: &str, expected: &[ExpectedFile]) -> Result<Probe, IndexError> {
        let listing = self.listing(project).await?;
        let mut files = Vec::with_capacity(expected.len());
        for file in expected {
            let mut state = self.look_at(&listing, file).await?;
            if state.presence == Presence::Absent {
                state = self.look_in_record(project, file).await?.unwrap_or(state);
            }
            files.push(state);
        }
        Ok(Probe::of(files, others(&listing, expected)))
    }

    async fn look_at(
        &self,
        listing: &Listing,
        expected: &ExpectedFile,
    ) -> Result<FilePresence, IndexError> {
        let listed = listing.file(&expected.file_name);
        if let Some(state) = compare(expected, listed.map(|file| file.sha256.as_deref())) {
            return Ok(state);
        }
        let url = listed.map(|file| &file.url);
        let downloaded = match url {
            Some(url) => self.download(url).await?,
            None => None,
        };
        // Listed and not there: another look may tell.
        let missing = || found(expected, Presence::Unknown, None);
        Ok(downloaded.map_or_else(missing, |file| judge(expected, &file.sha256)))
    }

    async fn look_in_record(
        &self,
        project: &str,
        expected: &ExpectedFile,
    ) -> Result<Option<FilePresence>, IndexError> {
        let Some(version) = version_of(expected) else { return Ok(None) };
        let release = self.release(project, &version.to_string()).await?;
        Ok(release.and_then(|release| in_record(&release, expected)))
    }
}

fn in_record(release: &Release, expected: &ExpectedFile) -> Option<FilePresence> {
    let recorded = release.files.iter().find(|file| file.file_name == expected.file_name)?;
    recorded.sha256.as_deref().map(|sha256| judge(expected, sha256))
}

/// The version that all of these files are of, normalised.
pub(crate) fn parsed_version(text: &str) -> Option<Version> {
    Version::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(presence: Presence) -> FilePresence {
        FilePresence { file_name: "x".into(), presence, found_sha256: None }
    }

    #[test]
    fn one_file_that_differs_outweighs_all_and_a_mixture_is_partial() {
        use Presence::{Absent, Diverged, Identical, Partial, Unknown};
        for (states, expected) in [
            (vec![Identical, Identical], Identical),
            (vec![Absent, Absent], Absent),
            (vec![Identical, Absent], Partial),
            (vec![Identical, Absent, Unknown], Unknown),
            (vec![Unknown, Diverged], Diverged),
        ] {
            let files: Vec<_> = states.into_iter().map(file).collect();
            assert_eq!(combined(&files), expected);
        }
    }

    #[test]
    fn without_a_listed_digest_nothing_is_decided() {
        let expected = ExpectedFile {
            file_name: "x-1.tar.gz".into(),
            sha256: Some("AB".into()),
            size: None,
            metadata_sha256: None,
        };
        assert_eq!(compare(&expected, Some(None)), None);
        assert_eq!(compare(&expected, Some(Some("ab"))).unwrap().presence, Presence::Identical);
        assert_eq!(compare(&expected, None).unwrap().presence, Presence::Absent);
    }
}
