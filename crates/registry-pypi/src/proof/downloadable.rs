//! Level (d): the files and the metadata beside them are what they should be.

use futures_util::future::join_all;

use super::{
    LevelState,
    verdict::{failed, not_yet},
};
use crate::{
    CoreMetadataFile, ExpectedFile, IndexFile, IndexReader,
    download::{Downloaded, metadata_url},
    refusal::with_sources,
};

/// Files that are downloaded at the same time.
const PARALLEL: usize = 4;

/// Downloads every file. The first that is not right decides.
pub(super) async fn check(
    reader: &IndexReader,
    files: &[(&ExpectedFile, &IndexFile)],
) -> LevelState {
    for some in files.chunks(PARALLEL) {
        let states = join_all(some.iter().map(|(ours, theirs)| one(reader, ours, theirs))).await;
        if let Some(state) = states.into_iter().find(|state| *state != LevelState::Proved) {
            return state;
        }
    }
    LevelState::Proved
}

async fn one(reader: &IndexReader, expected: &ExpectedFile, file: &IndexFile) -> LevelState {
    let name = &file.file_name;
    let sha256 = [expected.sha256.as_deref(), file.sha256.as_deref()];
    let state = fetched(reader, &file.url, name, sha256).await;
    let (offered, digest) = match &file.core_metadata {
        CoreMetadataFile::NotServed => (false, None),
        CoreMetadataFile::Served => (true, None),
        CoreMetadataFile::Sha256(digest) => (true, Some(digest.as_str())),
    };
    if state != LevelState::Proved || !offered {
        return state;
    }
    let sha256 = [expected.metadata_sha256.as_deref(), digest];
    fetched(reader, &metadata_url(&file.url), &format!("{name}.metadata"), sha256).await
}

/// Bytes that differ are fetched once more before they are believed: a proxy
/// may have answered in the index's place.
async fn fetched(
    reader: &IndexReader,
    url: &transport::Url,
    name: &str,
    expected: [Option<&str>; 2],
) -> LevelState {
    let mut state = LevelState::Proved;
    for _ in 0..2 {
        state = match reader.download(url).await {
            Err(error) => return not_yet(format!("{name}: {}", with_sources(&error))),
            Ok(None) => return not_yet(format!("{name} is listed and not there")),
            Ok(Some(downloaded)) => compare(name, &downloaded, expected),
        };
        if state == LevelState::Proved {
            break;
        }
    }
    state
}

fn compare(name: &str, downloaded: &Downloaded, expected: [Option<&str>; 2]) -> LevelState {
    let ours = expected.into_iter().flatten();
    let other = ours.clone().find(|sha256| !sha256.eq_ignore_ascii_case(&downloaded.sha256));
    match other {
        Some(sha256) => {
            let Downloaded { sha256: got, size } = downloaded;
            failed(format!("{name} gives {size} bytes with sha256 {got} instead of {sha256}"))
        }
        None => LevelState::Proved,
    }
}
