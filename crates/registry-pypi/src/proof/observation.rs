//! Evaluating records and pages without requests.

use pep440_rs::Version;
use transport::StatusCode;

use super::level::LevelState;
use crate::{ExpectedFile, IndexError, Listing, ListingFormat, Release, error::error_with_sources};

/// One simple page as it was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PageState {
    /// A listing, possibly of an older state.
    Listed(Listing),
    /// The index has no such project.
    Missing,
    /// The index has no pages of this format.
    NotOffered,
    /// The page could not be read this time.
    Unreadable(String),
}

impl PageState {
    pub(super) fn new(page: Result<Option<Listing>, IndexError>, format: ListingFormat) -> Self {
        match page {
            Ok(None) => Self::Missing,
            Ok(Some(listing)) if listing.format == Some(format) => Self::Listed(listing),
            Ok(Some(_)) => Self::NotOffered,
            Err(IndexError::Unreadable { source, .. })
                if source.status() == Some(StatusCode::NOT_ACCEPTABLE) =>
            {
                Self::NotOffered
            }
            Err(error) => Self::Unreadable(error_with_sources(&error)),
        }
    }

    pub(super) fn listing(&self) -> Option<&Listing> {
        match self {
            Self::Listed(listing) => Some(listing),
            Self::Missing | Self::NotOffered | Self::Unreadable(_) => None,
        }
    }
}

/// Level "recorded": the record has every file with the expected SHA-256.
pub(super) fn evaluate_record(expected: &[ExpectedFile], release: Option<&Release>) -> LevelState {
    let Some(release) = release else {
        return LevelState::not_yet("the index has no record of the release");
    };
    if release.files.is_empty() {
        return LevelState::not_yet("the record has no files");
    }
    for file in expected {
        let recorded = release.files.iter().find(|other| other.file_name == file.file_name);
        let Some(recorded) = recorded else {
            return LevelState::not_yet(format!("the record lacks {}", file.file_name));
        };
        if let Some(reason) = difference(file, recorded.sha256.as_deref(), recorded.size) {
            return LevelState::failed(format!("the record has {reason}"));
        }
    }
    LevelState::Proved
}

/// Level "listed", one poll: the pages of each format that the index offers
/// list every file and are not older than the record.
pub(super) fn evaluate_pages(
    expected: &[ExpectedFile],
    version: &Version,
    pages: [(&str, &PageState); 2],
    record_serial: Option<u64>,
) -> LevelState {
    let mut state = LevelState::NotOffered;
    for (format, page) in pages {
        let page_state = match page {
            PageState::NotOffered => continue,
            PageState::Missing => LevelState::not_yet(format!("no {format} page of the project")),
            PageState::Unreadable(reason) => {
                LevelState::not_yet(format!("{format} page: {reason}"))
            }
            PageState::Listed(listing) => {
                evaluate_page(expected, version, format, listing, record_serial)
            }
        };
        // A failure counts at once, then the first page that is not ready.
        if page_state.is_failed() {
            return page_state;
        }
        if state == LevelState::NotOffered || (page_state.is_open() && !state.is_open()) {
            state = page_state;
        }
    }
    state
}

fn evaluate_page(
    expected: &[ExpectedFile],
    version: &Version,
    format: &str,
    listing: &Listing,
    record_serial: Option<u64>,
) -> LevelState {
    if let (Some(serial), Some(record)) = (listing.serial, record_serial)
        && serial < record
    {
        let reason = format!("{format} page is of state {serial}, the record of {record}");
        return LevelState::not_yet(reason);
    }
    if listing.files_of(version).is_empty() {
        return LevelState::not_yet(format!("{format} page does not list the version"));
    }
    for file in expected {
        let Some(listed) = listing.file(&file.file_name) else {
            return LevelState::not_yet(format!("{format} page does not list {}", file.file_name));
        };
        if let Some(reason) = difference(file, listed.sha256.as_deref(), listed.size) {
            return LevelState::failed(format!("{format} page lists {reason}"));
        }
    }
    LevelState::Proved
}

/// A known difference between a file and the one expected.
fn difference(expected: &ExpectedFile, sha256: Option<&str>, size: Option<u64>) -> Option<String> {
    let name = &expected.file_name;
    if let (Some(expected), Some(actual)) = (&expected.sha256, sha256)
        && !expected.eq_ignore_ascii_case(actual)
    {
        return Some(format!("{name} with sha256 {actual} instead of {expected}"));
    }
    match (expected.size, size) {
        (Some(expected), Some(actual)) if expected != actual => {
            Some(format!("{name} with {actual} bytes instead of {expected}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IndexFile, RecordedFile};

    fn expected(sha256: &str) -> Vec<ExpectedFile> {
        let (file_name, sha256) = ("x-1.0.tar.gz".to_owned(), Some(sha256.to_owned()));
        vec![ExpectedFile { file_name, sha256, size: Some(3), metadata_sha256: None }]
    }

    fn page(sha256: &str, serial: u64) -> PageState {
        let mut file = IndexFile::sample("x-1.0.tar.gz");
        file.sha256 = Some(sha256.into());
        PageState::Listed(Listing {
            format: Some(ListingFormat::Json),
            serial: Some(serial),
            files: vec![file],
            ..Listing::default()
        })
    }

    fn evaluate(json: &PageState, html: &PageState, record_serial: Option<u64>) -> LevelState {
        let version = "1.0.0".parse().unwrap();
        evaluate_pages(&expected("ab"), &version, [("JSON", json), ("HTML", html)], record_serial)
    }

    #[test]
    fn pages_of_both_formats_must_list_the_file() {
        assert_eq!(evaluate(&page("ab", 5), &page("ab", 5), Some(5)), LevelState::Proved);
        assert!(matches!(
            evaluate(&page("ab", 5), &PageState::Missing, None),
            LevelState::NotYet { .. }
        ));
        assert!(matches!(
            evaluate(&PageState::Missing, &page("ab", 5), None),
            LevelState::NotYet { .. }
        ));
    }

    #[test]
    fn a_format_that_is_not_offered_is_not_required() {
        assert_eq!(evaluate(&PageState::NotOffered, &page("ab", 5), None), LevelState::Proved);
    }

    #[test]
    fn a_page_older_than_the_record_does_not_count() {
        let state = evaluate(&page("ab", 4), &page("ab", 5), Some(5));
        let LevelState::NotYet { reason } = state else { panic!("{state:?}") };
        assert!(reason.contains("state 4"), "{reason}");
    }

    #[test]
    fn other_bytes_fail_at_once() {
        assert!(matches!(
            evaluate(&page("ab", 5), &page("cd", 5), None),
            LevelState::Failed { .. }
        ));
        let file = RecordedFile {
            file_name: "x-1.0.tar.gz".into(),
            sha256: Some("cd".into()),
            size: None,
        };
        let release = Release { files: vec![file], ..Release::default() };
        assert!(matches!(
            evaluate_record(&expected("ab"), Some(&release)),
            LevelState::Failed { .. }
        ));
        assert!(matches!(evaluate_record(&expected("ab"), None), LevelState::NotYet { .. }));
    }
}
