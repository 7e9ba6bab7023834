//! Judging what was seen, without looking.

use pep440_rs::Version;

use super::LevelState;
use crate::{ExpectedFile, IndexFile, Listing, Release};

/// One simple page as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// A listing, perhaps of an older state.
    Seen(Listing),
    /// No such project.
    Missing,
    /// The index has no pages of this form.
    NotOffered,
    /// It could not be read this time.
    Unreadable(String),
}

pub(super) fn not_yet(reason: impl Into<String>) -> LevelState {
    LevelState::NotYet { reason: reason.into() }
}

pub(super) fn failed(reason: impl Into<String>) -> LevelState {
    LevelState::Failed { reason: reason.into() }
}

/// Level (b): the record has every file with the expected SHA-256.
pub(super) fn recorded(expected: &[ExpectedFile], release: Option<&Release>) -> LevelState {
    let Some(release) = release else { return not_yet("the index has no record of the release") };
    if release.files.is_empty() {
        return not_yet("the record has no files");
    }
    for file in expected {
        let found = release.files.iter().find(|recorded| recorded.file_name == file.file_name);
        let Some(found) = found else {
            return not_yet(format!("the record lacks {}", file.file_name));
        };
        if let Some(reason) = differs(file, found.sha256.as_deref(), found.size) {
            return failed(format!("the record has {reason}"));
        }
    }
    LevelState::Proved
}

/// Level (c), one look: every form of page that the index offers lists every
/// file, and is not older than the record.
pub(super) fn listed(
    expected: &[ExpectedFile],
    version: &Version,
    pages: [(&str, &Page); 2],
    floor: Option<u64>,
) -> LevelState {
    let mut state = LevelState::NotOffered;
    for (form, page) in pages {
        let seen = match page {
            Page::NotOffered => continue,
            Page::Missing => not_yet(format!("no {form} page of the project")),
            Page::Unreadable(reason) => not_yet(format!("{form} page: {reason}")),
            Page::Seen(listing) => on_page(expected, version, form, listing, floor),
        };
        match seen {
            LevelState::Proved if state == LevelState::NotOffered => state = seen,
            LevelState::Proved => {}
            LevelState::Failed { .. } => return seen,
            other if matches!(state, LevelState::NotYet { .. }) => drop(other),
            other => state = other,
        }
    }
    state
}

fn on_page(
    expected: &[ExpectedFile],
    version: &Version,
    form: &str,
    listing: &Listing,
    floor: Option<u64>,
) -> LevelState {
    if let (Some(serial), Some(floor)) = (listing.serial, floor)
        && serial < floor
    {
        return not_yet(format!("{form} page is of state {serial}, the record of {floor}"));
    }
    if listing.files_of(version).is_empty() {
        return not_yet(format!("{form} page does not list the version"));
    }
    for file in expected {
        let Some(found) = listing.file(&file.file_name) else {
            return not_yet(format!("{form} page does not list {}", file.file_name));
        };
        if let Some(reason) = differs(file, found.sha256.as_deref(), found.size) {
            return failed(format!("{form} page lists {reason}"));
        }
    }
    LevelState::Proved
}

/// What is different about a file, if anything is known to be.
fn differs(expected: &ExpectedFile, sha256: Option<&str>, size: Option<u64>) -> Option<String> {
    let name = &expected.file_name;
    if let (Some(ours), Some(theirs)) = (&expected.sha256, sha256)
        && !ours.eq_ignore_ascii_case(theirs)
    {
        return Some(format!("{name} with sha256 {theirs} instead of {ours}"));
    }
    match (expected.size, size) {
        (Some(ours), Some(theirs)) if ours != theirs => {
            Some(format!("{name} with {theirs} bytes instead of {ours}"))
        }
        _ => None,
    }
}

/// What the record says must be there, when the caller does not know.
pub(super) fn expected_of_record(release: &Release) -> Vec<ExpectedFile> {
    let files = release.files.iter().map(|file| ExpectedFile {
        file_name: file.file_name.clone(),
        sha256: file.sha256.clone(),
        size: file.size,
        metadata_sha256: None,
    });
    files.collect()
}

/// The same of a page, for an index without a record.
pub(super) fn expected_of_page(files: &[&IndexFile]) -> Vec<ExpectedFile> {
    let files = files.iter().map(|file| ExpectedFile {
        file_name: file.file_name.clone(),
        sha256: file.sha256.clone(),
        size: file.size,
        metadata_sha256: None,
    });
    files.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ListingFormat, RecordedFile};

    fn expected(sha256: &str) -> Vec<ExpectedFile> {
        let (file_name, sha256) = ("x-1.0.tar.gz".to_owned(), Some(sha256.to_owned()));
        vec![ExpectedFile { file_name, sha256, size: Some(3), metadata_sha256: None }]
    }

    fn page(sha256: &str, serial: u64) -> Page {
        let url: transport::Url = "http://127.0.0.1/x-1.0.tar.gz".parse().unwrap();
        let file = IndexFile {
            file_name: "x-1.0.tar.gz".into(),
            url,
            sha256: Some(sha256.into()),
            size: None,
            requires_python: None,
            upload_time: None,
            yanked: None,
            core_metadata: crate::CoreMetadataFile::NotServed,
            provenance: None,
            parsed: crate::FileName::parse("x-1.0.tar.gz").ok(),
        };
        Page::Seen(Listing {
            format: Some(ListingFormat::Json),
            serial: Some(serial),
            files: vec![file],
            ..Listing::default()
        })
    }

    fn look(json: &Page, html: &Page, floor: Option<u64>) -> LevelState {
        let version = "1.0.0".parse().unwrap();
        listed(&expected("ab"), &version, [("JSON", json), ("HTML", html)], floor)
    }

    #[test]
    fn both_forms_must_list_the_file() {
        assert_eq!(look(&page("ab", 5), &page("ab", 5), Some(5)), LevelState::Proved);
        assert!(matches!(look(&page("ab", 5), &Page::Missing, None), LevelState::NotYet { .. }));
        assert!(matches!(look(&Page::Missing, &page("ab", 5), None), LevelState::NotYet { .. }));
    }

    #[test]
    fn a_form_that_is_not_offered_is_not_asked_for() {
        assert_eq!(look(&Page::NotOffered, &page("ab", 5), None), LevelState::Proved);
    }

    #[test]
    fn a_page_older_than_the_record_does_not_count() {
        let state = look(&page("ab", 4), &page("ab", 5), Some(5));
        let LevelState::NotYet { reason } = state else { panic!("{state:?}") };
        assert!(reason.contains("state 4"), "{reason}");
    }

    #[test]
    fn other_bytes_fail_at_once() {
        assert!(matches!(look(&page("ab", 5), &page("cd", 5), None), LevelState::Failed { .. }));
        let file = RecordedFile {
            file_name: "x-1.0.tar.gz".into(),
            sha256: Some("cd".into()),
            size: None,
        };
        let release = Release { files: vec![file], ..Release::default() };
        assert!(matches!(recorded(&expected("ab"), Some(&release)), LevelState::Failed { .. }));
        assert!(matches!(recorded(&expected("ab"), None), LevelState::NotYet { .. }));
    }
}
