//! Level "downloadable": the files and their metadata have the expected content.

use futures_util::future::join_all;

use transport::Url;

use super::level::LevelState;
use crate::{
    CoreMetadataFile, Downloaded, ExpectedFile, IndexFile, IndexReader, error::error_with_sources,
};

/// Files that are downloaded at the same time.
const PARALLEL_DOWNLOADS: usize = 4;

/// Downloads every file. The first that is not as expected decides.
pub(super) async fn check_downloads(
    reader: &IndexReader,
    files: &[(&ExpectedFile, &IndexFile)],
) -> LevelState {
    for chunk in files.chunks(PARALLEL_DOWNLOADS) {
        let states =
            join_all(chunk.iter().map(|(expected, file)| check_file(reader, expected, file))).await;
        if let Some(state) = states.into_iter().find(|state| *state != LevelState::Proved) {
            return state;
        }
    }
    LevelState::Proved
}

async fn check_file(reader: &IndexReader, expected: &ExpectedFile, file: &IndexFile) -> LevelState {
    let name = &file.file_name;
    let sha256 = [expected.sha256.as_deref(), file.sha256.as_deref()];
    let state = check_download(reader, &file.url, name, sha256).await;
    let (served, digest) = match &file.core_metadata {
        CoreMetadataFile::NotServed => (false, None),
        CoreMetadataFile::Served => (true, None),
        CoreMetadataFile::Sha256(digest) => (true, Some(digest.as_str())),
    };
    if state != LevelState::Proved || !served {
        return state;
    }
    let sha256 = [expected.metadata_sha256.as_deref(), digest];
    check_download(reader, &metadata_url(&file.url), &format!("{name}.metadata"), sha256).await
}

/// A file with other content is downloaded a second time before it counts: a
/// proxy may have responded in place of the index.
async fn check_download(
    reader: &IndexReader,
    url: &Url,
    name: &str,
    expected: [Option<&str>; 2],
) -> LevelState {
    let mut state = LevelState::Proved;
    for _ in 0..2 {
        state = match reader.download(url).await {
            Err(error) => {
                let reason = format!("{name}: {}", error_with_sources(&error));
                return LevelState::not_yet(reason);
            }
            Ok(None) => return LevelState::not_yet(format!("{name} is listed but not served")),
            Ok(Some(downloaded)) => compare_download(name, &downloaded, expected),
        };
        if state == LevelState::Proved {
            break;
        }
    }
    state
}

fn compare_download(
    name: &str,
    downloaded: &Downloaded,
    expected: [Option<&str>; 2],
) -> LevelState {
    let Downloaded { sha256: actual, size } = downloaded;
    let mut digests = expected.into_iter().flatten();
    match digests.find(|sha256| !sha256.eq_ignore_ascii_case(actual)) {
        Some(sha256) => {
            let reason =
                format!("{name} has {size} bytes with sha256 {actual} instead of {sha256}");
            LevelState::failed(reason)
        }
        None => LevelState::Proved,
    }
}

/// Address of the metadata beside a file (PEP 658).
fn metadata_url(file: &Url) -> Url {
    let mut url = file.clone();
    url.set_path(&format!("{}.metadata", file.path()));
    url
}
